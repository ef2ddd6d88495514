#pragma once

#include "core/catalogue/records.h"
#include "ui/shell/page.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace flukeprint::ui {

class ElidedLabel;

/// Code, name, sex, colour type and notes of one individual. Saved when a field is left or a choice is made, as one step that
/// can be undone; Escape puts back what was there.
class IndividualForm : public QWidget
{
    Q_OBJECT
public:
    explicit IndividualForm(QWidget *parent = nullptr);

    /// Null session: nothing can be shown. Saves what is still unsaved first.
    void setSession(workflows::CatalogueSession *session);
    void setIndividual(IndividualId individual);
    [[nodiscard]] IndividualId individual() const { return m_saved.id; }
    /// "Also known as w_12"; for the form's owner to put where there is always room.
    [[nodiscard]] ElidedLabel *aliases() const { return m_aliases; }
    /// Reads it again unless the user is in the middle of typing.
    void refresh();
    /// Writes unsaved fields; false if the catalogue refused them.
    bool save();

Q_SIGNALS:
    void edited(const flukeprint::ui::LocalEdit &edit);
    void notice(const QString &text, bool undoable);
    void failure(const QString &title, const flukeprint::Error &error);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void layOut();
    void show(const catalogue::Individual &individual);
    [[nodiscard]] catalogue::Individual fields() const;
    /// Makes the catalogue say `wanted`; reports an error and returns false if it refuses.
    bool write(const catalogue::Individual &wanted);

    workflows::CatalogueSession *m_session = nullptr;
    catalogue::Individual m_saved;
    QLineEdit *m_code = nullptr;
    QLineEdit *m_name = nullptr;
    QComboBox *m_sex = nullptr;
    QComboBox *m_colour = nullptr;
    QPlainTextEdit *m_notes = nullptr;
    ElidedLabel *m_aliases = nullptr;
};

} // namespace flukeprint::ui
