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

/// Asks for an individual by typing; a code that nobody has can be made into a new individual.
class IndividualPicker : public QDialog
{
    Q_OBJECT
public:
    struct Choice
    {
        IndividualId individual; ///< invalid: a new one is wanted
        QString newCode; ///< of the new one
    };

    IndividualPicker(catalogue::Catalogue &catalogue, const QString &title, bool allowNew, QWidget *parent);
    [[nodiscard]] Choice choice() const;

    /// nullopt: the user thought better of it.
    [[nodiscard]] static std::optional<Choice> pick(catalogue::Catalogue &catalogue, const QString &title, bool allowNew, QWidget *parent);

private:
    void refresh();

    bool m_allowNew;
    IndividualEdit *m_edit = nullptr;
    QLabel *m_hint = nullptr;
    QPushButton *m_accept = nullptr;
};

} // namespace flukeprint::ui
