#pragma once

#include <QWidget>

class QAction;
class QVBoxLayout;

namespace flukeprint::ui {

/// What the window shows while no catalogue is open.
class WelcomePage : public QWidget
{
    Q_OBJECT
public:
    WelcomePage(QAction *create, QAction *open, QAction *demo, QWidget *parent = nullptr);
    void setRecent(const QStringList &folders);

Q_SIGNALS:
    void recentChosen(const QString &folder);

private:
    QWidget *makeChoice(QAction *action, const QString &iconName, const QString &title, const QString &text);

    QVBoxLayout *m_recent = nullptr;
};

} // namespace flukeprint::ui
