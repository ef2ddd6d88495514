#include "ui/widgets/popup.h"

#include <QAbstractButton>
#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWindow>

namespace flukeprint::ui {

Popup::Popup(QWidget *opener)
    : QFrame(opener->window(), Qt::Popup)
    , m_opener(opener)
{
    setProperty("role", "popup");
    setAttribute(Qt::WA_DeleteOnClose);
    setAttribute(Qt::WA_NoMouseReplay); // some platforms would, and then the opener would open it again
}

bool Popup::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        event->accept();
        return true;
    }
    return QFrame::event(event);
}

void Popup::showEvent(QShowEvent *event)
{
    QFrame::showEvent(event);
    if (!focusWidget())
        setFocus(Qt::PopupFocusReason);
}

void Popup::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        close();
        return;
    }
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        if (auto *button = qobject_cast<QAbstractButton *>(focusWidget()))
            button->click();
        else
            Q_EMIT entered();
        return;
    }
    QFrame::keyPressEvent(event);
}

void Popup::mousePressEvent(QMouseEvent *event)
{
    if (rect().contains(event->position().toPoint())) {
        QFrame::mousePressEvent(event);
        return;
    }
    const QPoint at = event->globalPosition().toPoint();
    close();
    QWidget *below = QApplication::widgetAt(at);
    if (!below || below->window() != parentWidget() || below == m_opener)
        return;
    QWindow *window = parentWidget()->windowHandle();
    // Through the window, so that the release that follows finds the widget that was pressed.
    QCoreApplication::postEvent(
        window, new QMouseEvent(QEvent::MouseButtonPress, window->mapFromGlobal(at), at, event->button(), event->buttons(), event->modifiers()));
}

} // namespace flukeprint::ui
