#include "ui/widgets/individual_edit.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/individual_store.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QStandardItemModel>

namespace flukeprint::ui {

namespace {

constexpr int codeRole = Qt::UserRole + 1;

} // namespace

IndividualEdit::IndividualEdit(QWidget *parent)
    : QLineEdit(parent)
{
    m_model = new QStandardItemModel(this);
    m_completer = new QCompleter(m_model, this);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    m_completer->setCompletionRole(codeRole);
    m_completer->setMaxVisibleItems(12);
    m_completer->popup()->setObjectName(QStringLiteral("completionPopup"));
    setCompleter(m_completer);
    setClearButtonEnabled(true);
    connect(this, &QLineEdit::textEdited, this, &IndividualEdit::complete);
    connect(m_completer, qOverload<const QModelIndex &>(&QCompleter::activated), this, [this](const QModelIndex &index) {
        setText(index.data(codeRole).toString());
        Q_EMIT chosen(individual());
    });
    connect(this, &QLineEdit::textChanged, this, [this](const QString &text) {
        if (text.isEmpty())
            Q_EMIT chosen(IndividualId());
    });
    connect(this, &QLineEdit::returnPressed, this, [this] {
        if (individual().isValid())
            Q_EMIT chosen(individual());
    });
}

void IndividualEdit::setCatalogue(catalogue::Catalogue *catalogue)
{
    m_catalogue = catalogue;
    m_model->clear();
}

bool IndividualEdit::isCompleting() const
{
    return m_completer->popup()->isVisible();
}

void IndividualEdit::complete(const QString &text)
{
    m_model->clear();
    if (!m_catalogue || text.trimmed().isEmpty())
        return;
    const auto found = catalogue::IndividualStore(*m_catalogue).complete(text.trimmed());
    if (!found)
        return;
    for (const auto &completion : found.value()) {
        QString shown = completion.code;
        if (!completion.name.isEmpty())
            shown += QStringLiteral("   ") + completion.name;
        if (completion.matched != completion.code && completion.matched != completion.name)
            shown += QStringLiteral("   (%1)").arg(completion.matched);
        auto *item = new QStandardItem(shown);
        item->setData(completion.code, codeRole);
        m_model->appendRow(item);
    }
    if (m_model->rowCount() > 0)
        m_completer->complete();
}

IndividualId IndividualEdit::individual() const
{
    if (!m_catalogue || text().trimmed().isEmpty())
        return {};
    const auto found = catalogue::IndividualStore(*m_catalogue).find(text().trimmed());
    return found && found.value() ? found.value()->id : IndividualId();
}

QString IndividualEdit::code() const
{
    if (!m_catalogue)
        return text().trimmed();
    const auto found = catalogue::IndividualStore(*m_catalogue).find(text().trimmed());
    return found && found.value() ? found.value()->code : text().trimmed();
}

} // namespace flukeprint::ui
