#pragma once

#include <QWidget>

class QAction;
class QStackedLayout;

namespace flukeprint::ui {

class KeyButton;
class RelabelBar;

/// The lowest line: what can be said about the photo, each with its key, and what would be undone. Relabelling replaces the buttons.
class ActionBar : public QWidget
{
    Q_OBJECT
public:
    struct Actions
    {
        QAction *confirm = nullptr;
        QAction *newIndividual = nullptr;
        QAction *relabel = nullptr;
        QAction *unusable = nullptr;
        QAction *later = nullptr;
        QAction *undo = nullptr; ///< the window's; its text says what would be undone. May be null.
    };
    explicit ActionBar(const Actions &actions, QWidget *parent = nullptr);

    void setConfirm(const QString &text, const QString &key);
    [[nodiscard]] RelabelBar *relabelBar() const { return m_relabel; }
    void showRelabel(bool shown);
    [[nodiscard]] bool isRelabelling() const;
    [[nodiscard]] QSize sizeHint() const override;

private:
    KeyButton *addButton(const QString &name, const QString &text, const QString &key, QAction *action);
    void followUndo(QAction *undo);

    QStackedLayout *m_layers = nullptr;
    QWidget *m_buttons = nullptr;
    RelabelBar *m_relabel = nullptr;
    KeyButton *m_confirm = nullptr;
    KeyButton *m_undo = nullptr;
};

} // namespace flukeprint::ui
