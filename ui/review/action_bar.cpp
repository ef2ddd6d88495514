#include "ui/review/action_bar.h"

#include "ui/review/relabel_bar.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/key_button.h"

#include <QAction>
#include <QHBoxLayout>
#include <QStackedLayout>

namespace flukeprint::ui {

ActionBar::ActionBar(const Actions &actions, QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("reviewActions"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_layers = new QStackedLayout(this);
    m_buttons = new QWidget(this);
    m_buttons->setObjectName(QStringLiteral("reviewButtons"));
    auto *row = new QHBoxLayout(m_buttons);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    m_confirm = addButton(QStringLiteral("reviewConfirm"), tr("Confirm"), QStringLiteral("1"), actions.confirm);
    m_confirm->setPrimary(true);
    addButton(QStringLiteral("reviewNew"), tr("New individual"), QStringLiteral("N"), actions.newIndividual);
    addButton(QStringLiteral("reviewRelabel"), tr("Relabel"), QStringLiteral("R"), actions.relabel);
    addButton(QStringLiteral("reviewUnusable"), tr("Unusable"), QStringLiteral("X"), actions.unusable);
    addButton(QStringLiteral("reviewLater"), tr("Later"), QStringLiteral("Space"), actions.later);
    row->addStretch();
    m_undo = addButton(QStringLiteral("reviewUndo"), tr("Undo"), QStringLiteral("Ctrl Z"), actions.undo);
    m_layers->addWidget(m_buttons);
    m_relabel = new RelabelBar(this);
    m_layers->addWidget(m_relabel);
    followUndo(actions.undo);
}

KeyButton *ActionBar::addButton(const QString &name, const QString &text, const QString &key, QAction *action)
{
    auto *button = new KeyButton(text, key, m_buttons);
    button->setObjectName(name);
    button->setFocusPolicy(Qt::TabFocus);
    m_buttons->layout()->addWidget(button);
    if (!action) {
        button->hide();
        return button;
    }
    const auto follow = [button, action] {
        button->setEnabled(action->isEnabled());
        button->setToolTip(action->toolTip());
    };
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    connect(action, &QAction::changed, button, follow);
    follow();
    return button;
}

void ActionBar::followUndo(QAction *undo)
{
    if (!undo)
        return;
    const auto follow = [this, undo] {
        m_undo->setText(undo->text().remove(QLatin1Char('&')));
        m_undo->setAccessibleName(m_undo->text());
        m_undo->setVisible(undo->isEnabled());
    };
    connect(undo, &QAction::changed, this, follow);
    follow();
}

void ActionBar::setConfirm(const QString &text, const QString &key)
{
    m_confirm->setText(text);
    m_confirm->setKey(key);
}

void ActionBar::showRelabel(bool shown)
{
    m_layers->setCurrentWidget(shown ? static_cast<QWidget *>(m_relabel) : m_buttons);
}

bool ActionBar::isRelabelling() const
{
    return m_layers->currentWidget() == m_relabel;
}

QSize ActionBar::sizeHint() const
{
    return {600, Sizes::buttonHeight};
}

} // namespace flukeprint::ui
