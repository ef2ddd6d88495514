#include "ui/widgets/empty_state.h"

#include "ui/theme/icons.h"
#include "ui/theme/role.h"
#include "ui/theme/theme.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

namespace {

constexpr int emblemSide = 56;
constexpr int textWidth = 420;

} // namespace

EmptyState::EmptyState(const QString &iconName, QWidget *parent)
    : QWidget(parent)
    , m_iconName(iconName)
{
    m_title = new QLabel(this);
    m_title->setObjectName(QStringLiteral("emptyTitle"));
    m_title->setProperty("role", "title");
    m_title->setAlignment(Qt::AlignHCenter);
    m_sentence = new QLabel(this);
    m_sentence->setObjectName(QStringLiteral("emptySentence"));
    m_sentence->setProperty("role", "secondary");
    m_sentence->setAlignment(Qt::AlignHCenter);
    m_sentence->setWordWrap(true);
    m_sentence->setFixedWidth(textWidth);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(Sizes::gap);

    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    layout->addStretch(3);
    layout->addSpacing(emblemSide + 8);
    layout->addWidget(m_title, 0, Qt::AlignHCenter);
    layout->addWidget(m_sentence, 0, Qt::AlignHCenter);
    layout->addSpacing(12);
    auto *row = new QHBoxLayout;
    row->addStretch();
    row->addLayout(m_buttons);
    row->addStretch();
    layout->addLayout(row);
    layout->addStretch(4);
}

void EmptyState::setText(const QString &title, const QString &sentence)
{
    m_title->setText(title);
    m_sentence->setText(sentence);
    m_sentence->setVisible(!sentence.isEmpty());
    // A centred label is not asked for its height by width.
    m_sentence->setMinimumHeight(std::max(0, m_sentence->heightForWidth(textWidth)));
    setAccessibleName(title);
    setAccessibleDescription(sentence);
}

void EmptyState::setActions(const QList<QAction *> &actions)
{
    while (QLayoutItem *item = m_buttons->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (QAction *action : actions) {
        auto *button = new QPushButton(action->text().remove(QLatin1Char('&')).remove(QStringLiteral("\u2026")), this);
        button->setObjectName(QStringLiteral("empty_") + action->objectName());
        button->setEnabled(action->isEnabled());
        if (m_buttons->count() == 0)
            setRole(button, QStringLiteral("primary"));
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [button, action] { button->setEnabled(action->isEnabled()); });
        m_buttons->addWidget(button);
    }
}

void EmptyState::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QColor ink = blend(Theme::colours().secondary, Theme::colours().background, 0.7);
    const QPixmap pixmap = iconPixmap(m_iconName, ink, emblemSide, devicePixelRatioF());
    painter.drawPixmap((width() - emblemSide) / 2, m_title->y() - emblemSide - 16, pixmap);
}

} // namespace flukeprint::ui
