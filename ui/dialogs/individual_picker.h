#pragma once

#include "core/base/ids.h"

#include <QDialog>

#include <optional>

class QLabel;
class QPushButton;

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

class IndividualEdit;

/// Asks for an individual by typing; a code that nobody has can be made into a new individual, by a button and key of its own: a slip of the
/// finger makes nobody.
class IndividualPicker : public QDialog
{
    Q_OBJECT
public:
    struct Choice
    {
        IndividualId individual; ///< invalid: a new one is wanted
        QString newCode; ///< of the new one
    };

    IndividualPicker(catalogue::Catalogue &catalogue, const QString &title, bool allowNew, QWidget *parent, const QString &acceptText = {});
    [[nodiscard]] Choice choice() const;

    /// nullopt: the user thought better of it. `acceptText`: the button's words for a known individual; empty: "Choose".
    [[nodiscard]] static std::optional<Choice> pick(catalogue::Catalogue &catalogue, const QString &title, bool allowNew, QWidget *parent,
                                                    const QString &acceptText = {});

private:
    void refresh();

    bool m_allowNew;
    QString m_acceptText;
    IndividualEdit *m_edit = nullptr;
    QLabel *m_hint = nullptr;
    QPushButton *m_accept = nullptr;
    QPushButton *m_create = nullptr;
};

} // namespace flukeprint::ui
