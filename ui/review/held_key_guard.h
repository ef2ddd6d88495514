#pragma once

#include <QObject>

#include <functional>
#include <unordered_map>

namespace flukeprint::ui {

/// Keeps a key that is held down from deciding again and again. Qt marks repeats, but under X11 only where it reads a release
/// together with the press behind it; on a busy machine it does not, and repeats look like presses. Such a pair has one time stamp
/// of the X server, which no finger can do. Watches the whole application; GUI thread only.
class HeldKeyGuard : public QObject
{
    Q_OBJECT
public:
    /// `guards` says whether a key (Qt::Key) would decide now; only such presses are ever swallowed.
    explicit HeldKeyGuard(std::function<bool(int)> guards, QObject *parent = nullptr);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    [[nodiscard]] bool isHeld(int key, quint64 pressedAtMs) const;

    std::function<bool(int)> m_guards;
    std::unordered_map<int, quint64> m_releasedAtMs;
};

} // namespace flukeprint::ui
