#include "ui/widgets/toast.h"

#include "ui/theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>

#include <algorithm>

namespace flukeprint::ui {

Toast::Toast(QWidget *parent)
    : QFrame(parent)
{
    setObjectName(QStringLiteral("toast"));
    m_label = new QLabel(this);
    m_label->setObjectName(QStringLiteral("toastText"));
    m_button = new QPushButton(this);
    m_button->setObjectName(QStringLiteral("toastAction"));
    m_button->setProperty("role", "flat");
    m_button->setFocusPolicy(Qt::NoFocus);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 6, 8, 6);
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
    layout()->setContentsMargins(16, 6, actionText.isEmpty() ? 16 : 8, 6);
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
    resize(size.width(), std::max(size.height(), 44));
    // Above a page's lowest line, which holds its buttons: who decides one photo after the other must keep seeing them.
    constexpr int lowestLine = Sizes::buttonHeight + 3 * Sizes::gap;
    move((parentWidget()->width() - width()) / 2, parentWidget()->height() - height() - lowestLine);
}

bool Toast::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parent() && event->type() == QEvent::Resize && isVisible())
        place();
    return QFrame::eventFilter(watched, event);
}

} // namespace flukeprint::ui
