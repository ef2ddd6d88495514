#include "ui/dialogs/individual_picker.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/individual_store.h"
#include "ui/dialogs/button_names.h"
#include "ui/theme/role.h"
#include "ui/widgets/individual_edit.h"
#include "ui/widgets/key_button.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

namespace {

constexpr int longestShown = 20; ///< characters of a code on a button

} // namespace

IndividualPicker::IndividualPicker(catalogue::Catalogue &catalogue, const QString &title, bool allowNew, QWidget *parent,
                                   const QString &acceptText)
    : QDialog(parent)
    , m_allowNew(allowNew)
    , m_acceptText(acceptText.isEmpty() ? tr("Choose") : acceptText)
{
    setObjectName(QStringLiteral("individualPicker"));
    setWindowTitle(title);
    setMinimumWidth(400);
    m_edit = new IndividualEdit(this);
    m_edit->setObjectName(QStringLiteral("individualPickerEdit"));
    m_edit->setPlaceholderText(tr("Code, alias or name"));
    m_edit->setCatalogue(&catalogue);
    m_hint = new QLabel(this);
    m_hint->setProperty("role", "small");
    m_hint->setObjectName(QStringLiteral("individualPickerHint"));
    m_hint->setWordWrap(true);
    auto *buttons = new QDialogButtonBox(this);
    m_accept = buttons->addButton(m_acceptText, QDialogButtonBox::AcceptRole);
    m_accept->setObjectName(QStringLiteral("individualPickerAccept"));
    setRole(m_accept, QStringLiteral("primary"));
    m_accept->setDefault(true);
    m_create = new KeyButton({}, tr("Ctrl Enter"), this);
    m_create->setObjectName(QStringLiteral("individualPickerCreate"));
    m_create->setAutoDefault(false);
    buttons->addButton(m_create, QDialogButtonBox::AcceptRole);
    buttons->addButton(QDialogButtonBox::Cancel);
    nameButtons(buttons, objectName());
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_edit, &QLineEdit::textChanged, this, &IndividualPicker::refresh);
    connect(m_edit, &IndividualEdit::meantAsTyped, m_create, &QPushButton::click);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(8);
    auto *caption = new QLabel(title, this);
    caption->setObjectName(QStringLiteral("individualPickerTitle"));
    caption->setProperty("role", "title");
    layout->addWidget(caption);
    layout->addWidget(m_edit);
    layout->addWidget(m_hint);
    layout->addSpacing(8);
    layout->addWidget(buttons);
    refresh();
    m_edit->setFocus();
}

void IndividualPicker::refresh()
{
    const bool typed = !m_edit->text().trimmed().isEmpty();
    const bool known = m_edit->individual().isValid();
    const Result<void> usable = catalogue::IndividualStore::checkCode(m_edit->text().trimmed());
    m_accept->setEnabled(known);
    m_create->setVisible(typed && !known && m_allowNew);
    m_create->setEnabled(typed && !known && m_allowNew && usable);
    const QString code = m_edit->text().trimmed();
    m_create->setText(tr("Create %1").arg(code.size() > longestShown ? code.left(longestShown - 1) + QChar(0x2026) : code));
    m_create->setShortcut({}); // of an ampersand in the code
    if (!typed)
        m_hint->setText(tr("Type to search."));
    else if (known)
        m_hint->setText(tr("Known individual %1.").arg(m_edit->code()));
    else if (m_allowNew && !usable)
        m_hint->setText(tr("A code has 1 to 64 characters on one line; this one has %1.").arg(m_edit->text().trimmed().size()));
    else
        m_hint->setText(m_allowNew ? tr("Nobody has this code yet: a new individual.") : tr("Nobody has this code or alias."));
}

IndividualPicker::Choice IndividualPicker::choice() const
{
    const IndividualId known = m_edit->individual();
    return {known, known.isValid() ? QString() : m_edit->text().trimmed()};
}

std::optional<IndividualPicker::Choice> IndividualPicker::pick(catalogue::Catalogue &catalogue, const QString &title, bool allowNew, QWidget *parent,
                                                               const QString &acceptText)
{
    IndividualPicker picker(catalogue, title, allowNew, parent, acceptText);
    if (picker.exec() != Accepted)
        return std::nullopt;
    return picker.choice();
}

} // namespace flukeprint::ui
