#pragma once

#include <QDialog>

namespace flukeprint::imaging {
struct Image;
}

namespace flukeprint::ui {

/// Photos as training would see them: a sheet whose rows begin with the photo as it is. Deletes itself when closed.
/// Object names: "augmentationDialog", "augmentationSheet".
class AugmentationDialog : public QDialog
{
    Q_OBJECT

public:
    /// `setting`: the word for the alteration, "strong" say.
    AugmentationDialog(const imaging::Image &sheet, const QString &setting, QWidget *parent);
};

} // namespace flukeprint::ui
