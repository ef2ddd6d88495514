#pragma once

#include "core/catalogue/annotation_query.h"

#include <QAbstractListModel>
#include <QCache>
#include <QHash>
#include <QThreadPool>

#include <memory>
#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

/// The annotations of one search, for grids of any length: it holds all ids and reads what is shown page by page, by their ids, so that
/// the last page costs what the first one does. The catalogue must outlive it or be taken away with setCatalogue(nullptr). GUI thread
/// only; searchLater has a thread and a connection of its own.
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
    ~AnnotationModel() override;

    void setCatalogue(catalogue::Catalogue *catalogue);
    /// Runs the search at once: for those that find few. On an error the model is empty and the error is returned.
    Result<void> search(const catalogue::AnnotationFilter &filter, catalogue::AnnotationOrder order);
    /// The same in the background; what the model held stays until `searched` says that the new rows are there. A search asked for
    /// meanwhile takes the place of one that has not ended. What is found within half a frame is there on return, so that small
    /// catalogues never flicker. Where the very same rows are found the model is not reset: selection and scroll position stay.
    void searchLater(const catalogue::AnnotationFilter &filter, catalogue::AnnotationOrder order);
    void clear();

    [[nodiscard]] const std::vector<AnnotationId> &ids() const { return m_ids; }
    [[nodiscard]] AnnotationId idAt(int row) const;
    /// -1 if it is not among the results.
    [[nodiscard]] int rowOf(AnnotationId id) const;
    [[nodiscard]] std::optional<catalogue::AnnotationRow> rowAt(int row) const;
    /// Reads these again; where they stand in the search does not change.
    void refresh(const std::vector<AnnotationId> &annotations);
    void refreshAll();

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

Q_SIGNALS:
    /// A background search has ended, and the model shows what it found; nothing after an error.
    void searched(const flukeprint::Result<void> &outcome);

private:
    struct Search;
    void start(const std::shared_ptr<Search> &search);
    void deliver(const std::shared_ptr<Search> &search);
    void show(std::vector<AnnotationId> ids);
    void forgetSearches();

    using RowPage = QHash<qlonglong, catalogue::AnnotationRow>;
    [[nodiscard]] const catalogue::AnnotationRow *fetch(int row) const;

    catalogue::Catalogue *m_catalogue = nullptr;
    std::vector<AnnotationId> m_ids;
    mutable QCache<int, RowPage> m_pages;
    QThreadPool m_threads; ///< one thread
    std::shared_ptr<Search> m_running;
    std::shared_ptr<Search> m_next;
};

} // namespace flukeprint::ui
