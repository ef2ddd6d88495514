#pragma once

#include <QObject>

#include <optional>

class QDBusVariant;

namespace flukeprint::ui {

/// Whether the desktop prefers dark, as it tells every program through the freedesktop portal (Qt 6.4 cannot say). Answers nothing
/// where there is no session bus or the desktop has no preference.
class SystemScheme : public QObject
{
    Q_OBJECT
public:
    explicit SystemScheme(QObject *parent = nullptr);
    [[nodiscard]] std::optional<bool> prefersDark() const { return m_prefersDark; }

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    void settingChanged(const QString &group, const QString &key, const QDBusVariant &value);

private:
    std::optional<bool> m_prefersDark;
};

} // namespace flukeprint::ui
