#include "ui/widgets/toast.h"

#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QTimer>

namespace flukeprint::ui {

Toast::Toast(QWidget *parent)
    : QFrame(parent)
{
    setObjectName(QStringLiteral("toast"));
    m_label = new ElidedLabel({}, this);
    m_label->setObjectName(QStringLiteral("toastText"));
    m_button = new QPushButton(this);
    m_button->setObjectName(QStringLiteral("toastAction"));
    m_button->setProperty("role", "flat");
    m_button->setFocusPolicy(Qt::NoFocus);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 2, 8, 2);
    layout->setSpacing(Sizes::gap);
    layout->addWidget(m_label);
    layout->addWidget(m_button);
    m_timer = new QTimer(this);
    m_timer->setSingleShot(true);
    m_timer->setInterval(shownForMs);
    connect(m_timer, &QTimer::timeout, this, &QWidget::hide);
    connect(m_button, &QPushButton::clicked, this, [this] {
        hide();
        Q_EMIT actionTriggered();
    });
    parent->installEventFilter(this);
    hide();
}

void Toast::showText(const QString &text)
{
    showText(text, QString());
}

void Toast::showText(const QString &text, const QString &actionText)
{
    m_label->setText(text);
    m_button->setText(actionText);
    m_button->setVisible(!actionText.isEmpty());
    layout()->setContentsMargins(16, 2, actionText.isEmpty() ? 16 : 8, 2);
    place();
    show();
    raise();
    m_timer->start();
}

QString Toast::text() const
{
    return m_label->text();
}

void Toast::place()
{
    ensurePolished();
    layout()->activate();
    const QSize size = sizeHint().boundedTo(QSize(parentWidget()->width() - 32, 200));
    constexpr int heightPx = 36;
    constexpr int belowPx = 2;
    resize(size.width(), heightPx);
    // Over the status bar's counts: who decides one photo after the other must keep seeing photos and buttons.
    move(parentWidget()->width() - width() - Sizes::gap, parentWidget()->height() - heightPx - belowPx);
}

bool Toast::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parent() && event->type() == QEvent::Resize && isVisible())
        place();
    return QFrame::eventFilter(watched, event);
}

} // namespace flukeprint::ui
