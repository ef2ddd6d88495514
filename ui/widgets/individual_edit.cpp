#include "ui/widgets/individual_edit.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/individual_store.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QKeyEvent>
#include <QStandardItemModel>

namespace flukeprint::ui {

namespace {

constexpr int codeRole = Qt::UserRole + 1;

bool isCtrlEnter(const QEvent *event)
{
    if (event->type() != QEvent::KeyPress)
        return false;
    const auto *key = static_cast<const QKeyEvent *>(event);
    return (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && key->modifiers() & Qt::ControlModifier;
}

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
    m_completer->popup()->installEventFilter(this); // before the completer's own
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

void IndividualEdit::keyPressEvent(QKeyEvent *event)
{
    if (!isCtrlEnter(event)) {
        QLineEdit::keyPressEvent(event);
        return;
    }
    event->accept();
    if (!event->isAutoRepeat())
        Q_EMIT meantAsTyped();
}

/// The list of completions has the keys while it is open.
bool IndividualEdit::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_completer->popup() || !isCtrlEnter(event))
        return QLineEdit::eventFilter(watched, event);
    m_completer->popup()->hide();
    keyPressEvent(static_cast<QKeyEvent *>(event));
    return true;
}

std::optional<std::pair<IndividualId, QString>> IndividualEdit::named() const
{
    const QString typed = text().trimmed();
    if (!m_catalogue || typed.isEmpty())
        return std::nullopt;
    catalogue::IndividualStore store(*m_catalogue);
    if (const auto found = store.find(typed); found && found.value())
        return std::pair(found.value()->id, found.value()->code);
    std::optional<std::pair<IndividualId, QString>> ofThatName;
    for (const auto &completion : store.complete(typed).valueOr({})) {
        if (completion.name.compare(typed, Qt::CaseInsensitive) != 0)
            continue;
        if (ofThatName)
            return std::nullopt; // two have it
        ofThatName = {completion.id, completion.code};
    }
    return ofThatName;
}

IndividualId IndividualEdit::individual() const
{
    const auto found = named();
    return found ? found->first : IndividualId();
}

QString IndividualEdit::code() const
{
    const auto found = named();
    return found ? found->second : text().trimmed();
}

} // namespace flukeprint::ui
