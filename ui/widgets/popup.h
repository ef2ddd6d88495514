#pragma once

#include <QFrame>
#include <QPointer>

namespace flukeprint::ui {

/// A small window beside what opened it. Escape or a press elsewhere closes it, and that press does what it was meant for; on `opener`
/// it only closes. Keys are the popup's alone while it is open. Deletes itself when closed.
class Popup : public QFrame
{
    Q_OBJECT
public:
    /// A child of the opener's window: a page whose keys reach its children must not hear what is pressed here.
    explicit Popup(QWidget *opener);

Q_SIGNALS:
    /// Enter, where no button has the focus.
    void entered();

protected:
    bool event(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;

private:
    QPointer<QWidget> m_opener;
};

} // namespace flukeprint::ui
