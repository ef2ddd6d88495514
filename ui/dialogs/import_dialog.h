#pragma once

#include "core/workflows/import_photos.h"

#include <QDialog>

class QCheckBox;
class QLineEdit;

namespace flukeprint::ui {

/// What to import for paths that were dropped or chosen: tables among them (and tables that lie in or beside a single folder) are
/// taken for what their header says, the rest are photos.
[[nodiscard]] workflows::ImportRequest requestFor(const QStringList &paths);

/// Asks what goes with an import: tables of labels and boxes, and whether photos are copied. Filled in as far as can be seen.
class ImportDialog : public QDialog
{
    Q_OBJECT
public:
    explicit ImportDialog(const QStringList &paths, QWidget *parent = nullptr);
    void setCopy(bool copy);
    [[nodiscard]] workflows::ImportRequest request() const;

private:
    QLineEdit *addTable(const QString &name, const QString &label, const QString &hint, const std::filesystem::path &file);
    void addFound(const QLineEdit *table);

    workflows::ImportRequest m_request;
    QStringList m_paths; ///< as chosen; a table that is none of them was found
    QLineEdit *m_labels = nullptr;
    QLineEdit *m_boxes = nullptr;
    QCheckBox *m_copy = nullptr;
};

} // namespace flukeprint::ui
