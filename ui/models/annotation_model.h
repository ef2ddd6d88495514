#pragma once

#include "core/catalogue/annotation_query.h"

#include <QAbstractListModel>
#include <QCache>
#include <QHash>

#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

/// The annotations of one search, for grids of any length: it holds all ids and reads what is shown page by page.
/// The catalogue must outlive it or be taken away with setCatalogue(nullptr).
class AnnotationModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role {
        IdRole = Qt::UserRole + 1, ///< qlonglong
        ThumbnailRole, ///< path of the thumbnail file
        StateRole, ///< int of catalogue::IdentityState
        CodeRole, ///< individual's code, empty: none
        MissingRole, ///< bool
        TakenAtRole,
    };

    explicit AnnotationModel(QObject *parent = nullptr);

    void setCatalogue(catalogue::Catalogue *catalogue);
    /// Runs the search. On an error the model is empty and the error is returned.
    Result<void> search(const catalogue::AnnotationFilter &filter, catalogue::AnnotationOrder order);
    void clear();

    [[nodiscard]] const std::vector<AnnotationId> &ids() const { return m_ids; }
    [[nodiscard]] AnnotationId idAt(int row) const;
    /// -1 if it is not among the results.
    [[nodiscard]] int rowOf(AnnotationId id) const;
    [[nodiscard]] std::optional<catalogue::AnnotationRow> rowAt(int row) const;
    /// Reads these again; where they stand in the search does not change.
    void refresh(const std::vector<AnnotationId> &annotations);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

private:
    using RowPage = QHash<qlonglong, catalogue::AnnotationRow>;
    [[nodiscard]] const catalogue::AnnotationRow *fetch(int row) const;

    catalogue::Catalogue *m_catalogue = nullptr;
    std::vector<AnnotationId> m_ids;
    mutable QCache<int, RowPage> m_pages;
};

} // namespace flukeprint::ui
