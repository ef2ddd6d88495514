#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QTimer;

namespace flukeprint::ui {

/// One line at the lower edge of its parent that says what just happened and, where that serves, offers to undo it. A new text
/// replaces the old one; it goes away by itself and never takes the focus.
class Toast : public QFrame
{
    Q_OBJECT
public:
    static constexpr int shownForMs = 7000;

    explicit Toast(QWidget *parent);

    void showText(const QString &text);
    /// `actionTriggered` is emitted when the button is pressed.
    void showText(const QString &text, const QString &actionText);
    [[nodiscard]] QString text() const;

Q_SIGNALS:
    void actionTriggered();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void place();

    QLabel *m_label = nullptr;
    QPushButton *m_button = nullptr;
    QTimer *m_timer = nullptr;
};

} // namespace flukeprint::ui
