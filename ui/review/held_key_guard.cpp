#include "ui/review/held_key_guard.h"

#include <QCoreApplication>
#include <QKeyEvent>

#include <utility>

namespace flukeprint::ui {

HeldKeyGuard::HeldKeyGuard(std::function<bool(int)> guards, QObject *parent)
    : QObject(parent)
    , m_guards(std::move(guards))
{
    QCoreApplication::instance()->installEventFilter(this);
}

bool HeldKeyGuard::isHeld(int key, quint64 pressedAtMs) const
{
    constexpr quint64 togetherMs = 1;
    const auto released = m_releasedAtMs.find(key);
    return pressedAtMs > 0 && released != m_releasedAtMs.end() && pressedAtMs >= released->second && pressedAtMs - released->second <= togetherMs;
}

bool HeldKeyGuard::eventFilter(QObject *watched, QEvent *event)
{
    const bool press = event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride;
    if (!press && event->type() != QEvent::KeyRelease)
        return QObject::eventFilter(watched, event);
    const auto *key = static_cast<QKeyEvent *>(event);
    if (!press) {
        if (!key->isAutoRepeat() && key->timestamp() > 0)
            m_releasedAtMs[key->key()] = key->timestamp();
        return QObject::eventFilter(watched, event);
    }
    if (!isHeld(key->key(), key->timestamp()) || !m_guards(key->key()))
        return QObject::eventFilter(watched, event);
    event->accept(); // an override that is accepted is no shortcut; the press that follows it ends here as well
    return true;
}

} // namespace flukeprint::ui
