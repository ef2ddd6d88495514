#include "ui/individuals/individual_form.h"

#include "core/catalogue/individual_store.h"
#include "core/workflows/session.h"
#include "ui/text/decision_text.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>

namespace flukeprint::ui {

namespace {

bool sameFields(const catalogue::Individual &a, const catalogue::Individual &b)
{
    return a.code == b.code && a.name == b.name && a.sex == b.sex && a.colourType == b.colourType && a.notes == b.notes;
}

} // namespace

IndividualForm::IndividualForm(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("individualForm"));
    m_code = new QLineEdit(this);
    m_code->setObjectName(QStringLiteral("individualCode"));
    m_code->setMaxLength(64);
    m_name = new QLineEdit(this);
    m_name->setObjectName(QStringLiteral("individualName"));
    m_name->setPlaceholderText(tr("none"));
    m_sex = new QComboBox(this);
    m_sex->setObjectName(QStringLiteral("individualSex"));
    for (const QString &sex : {QString(), QStringLiteral("female"), QStringLiteral("male")})
        m_sex->addItem(sexText(sex), sex);
    m_colour = new QComboBox(this);
    m_colour->setObjectName(QStringLiteral("individualColour"));
    m_colour->addItem(tr("not graded"), 0);
    for (int type = 1; type <= 5; ++type)
        m_colour->addItem(type == 1 ? tr("1 (white)") : type == 5 ? tr("5 (black)") : QString::number(type), type);
    m_notes = new QPlainTextEdit(this);
    m_notes->setObjectName(QStringLiteral("individualNotes"));
    m_notes->setPlaceholderText(tr("Scars, calves, who saw it"));
    m_notes->setTabChangesFocus(true);
    m_notes->setFixedHeight(72);
    m_aliases = new ElidedLabel({}, this);
    m_aliases->setObjectName(QStringLiteral("individualAliases"));
    m_aliases->setProperty("role", "small");
    m_aliases->setAlignment(Qt::AlignRight | Qt::AlignVCenter);

    layOut();

    connect(m_code, &QLineEdit::editingFinished, this, &IndividualForm::save);
    connect(m_name, &QLineEdit::editingFinished, this, &IndividualForm::save);
    connect(m_sex, &QComboBox::activated, this, &IndividualForm::save);
    connect(m_colour, &QComboBox::activated, this, &IndividualForm::save);
    for (QWidget *field : {static_cast<QWidget *>(m_code), static_cast<QWidget *>(m_name), static_cast<QWidget *>(m_notes)})
        field->installEventFilter(this);
}

void IndividualForm::layOut()
{
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(Sizes::gap, Sizes::gap, Sizes::gap, Sizes::gap);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    const auto add = [this, grid](const QString &label, QWidget *field, int row, int column, int span) {
        auto *caption = new QLabel(label, this);
        caption->setObjectName(QStringLiteral("caption_") + field->objectName());
        caption->setProperty("role", "secondary");
        caption->setBuddy(field);
        grid->addWidget(caption, row, column, row == 2 ? Qt::AlignTop : Qt::AlignVCenter);
        grid->addWidget(field, row, column + 1, 1, span);
    };
    add(tr("Code"), m_code, 0, 0, 1);
    add(tr("Name"), m_name, 1, 0, 1);
    add(tr("Sex"), m_sex, 0, 2, 1);
    add(tr("Colour type"), m_colour, 1, 2, 1);
    add(tr("Notes"), m_notes, 2, 0, 3);
    grid->setColumnStretch(1, 3);
    grid->setColumnStretch(3, 2);
    grid->setColumnMinimumWidth(2, 90);
    setTabOrder(m_code, m_name);
    setTabOrder(m_name, m_sex);
    setTabOrder(m_sex, m_colour);
    setTabOrder(m_colour, m_notes);
}

bool IndividualForm::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_notes && event->type() == QEvent::FocusOut)
        save();
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape) {
        show(m_saved);
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void IndividualForm::setSession(workflows::CatalogueSession *session)
{
    if (m_session)
        save();
    m_session = session;
    m_saved = {};
    const bool writable = session && !session->isReadOnly();
    for (QLineEdit *edit : {m_code, m_name})
        edit->setReadOnly(!writable);
    m_notes->setReadOnly(!writable);
    m_sex->setEnabled(writable);
    m_colour->setEnabled(writable);
}

void IndividualForm::setIndividual(IndividualId individual)
{
    if (individual == m_saved.id)
        return;
    save();
    m_saved = {};
    m_saved.id = individual;
    refresh();
}

void IndividualForm::refresh()
{
    if (!m_session || !m_saved.id.isValid())
        return;
    const bool typing = !m_saved.code.isEmpty() && !sameFields(fields(), m_saved);
    const auto found = catalogue::IndividualStore(m_session->catalogue()).get(m_saved.id);
    if (!found || typing)
        return;
    m_saved = found.value();
    show(m_saved);
}

void IndividualForm::show(const catalogue::Individual &individual)
{
    m_code->setText(individual.code);
    m_name->setText(individual.name);
    m_sex->setCurrentIndex(std::max(0, m_sex->findData(individual.sex)));
    m_colour->setCurrentIndex(std::max(0, m_colour->findData(individual.colourType)));
    if (m_notes->toPlainText() != individual.notes)
        m_notes->setPlainText(individual.notes);
    m_aliases->setText(individual.aliases.isEmpty() ? QString() : tr("Also known as %1").arg(individual.aliases.join(QStringLiteral(", "))));
}

catalogue::Individual IndividualForm::fields() const
{
    catalogue::Individual individual = m_saved;
    individual.code = m_code->text().trimmed();
    individual.name = m_name->text().trimmed();
    individual.sex = m_sex->currentData().toString();
    individual.colourType = m_colour->currentData().toInt();
    individual.notes = m_notes->toPlainText();
    return individual;
}

bool IndividualForm::write(const catalogue::Individual &wanted)
{
    catalogue::IndividualStore store(m_session->catalogue());
    const auto current = store.get(wanted.id);
    Result<void> done = current ? Result<void>() : Result<void>(current.error());
    if (done && current.value().code != wanted.code) {
        // Going back to an older code: it is an alias by now, which must not stand in its own way.
        if (current.value().aliases.contains(wanted.code, Qt::CaseInsensitive))
            done = store.removeAlias(wanted.id, wanted.code);
        if (done)
            done = store.rename(wanted.id, wanted.code, wanted.aliases.contains(current.value().code));
    }
    if (done)
        done = store.update(wanted);
    if (!done) {
        Q_EMIT failure(tr("Saving %1").arg(m_saved.code), done.error());
        return false;
    }
    m_session->noteIndividualsChanged();
    return true;
}

bool IndividualForm::save()
{
    if (!m_session || m_session->isReadOnly() || m_saved.code.isEmpty())
        return true;
    const catalogue::Individual before = m_saved;
    catalogue::Individual after = fields();
    if (sameFields(before, after))
        return true;
    // The old code still finds the animal; undoing the rename takes it away again.
    if (after.code != before.code)
        after.aliases.append(before.code);
    // Set first: the message of a failure takes the focus, and leaving the field saves again.
    m_saved = after;
    if (!write(after)) {
        m_saved = before;
        show(before);
        return false;
    }
    refresh();
    Q_EMIT edited({tr("change %1").arg(before.code), [this, before] { return write(before); }, [this, after] { return write(after); }});
    Q_EMIT notice(before.code == after.code ? tr("%1 saved").arg(after.code) : tr("%1 is %2 now").arg(before.code, after.code), true);
    return true;
}

} // namespace flukeprint::ui
