#pragma once

#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;

namespace flukeprint::ui {

/// Fills a place that has nothing to show yet: an icon, what this place is for, and what to press.
class EmptyState : public QWidget
{
    Q_OBJECT
public:
    explicit EmptyState(const QString &iconName, QWidget *parent = nullptr);

    void setText(const QString &title, const QString &sentence);
    /// Buttons that trigger the actions and follow their enabled state; the first one is the main one.
    void setActions(const QList<QAction *> &actions);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_iconName;
    QLabel *m_title = nullptr;
    QLabel *m_sentence = nullptr;
    QHBoxLayout *m_buttons = nullptr;
};

} // namespace flukeprint::ui
