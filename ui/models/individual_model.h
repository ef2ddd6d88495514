#pragma once

#include "core/catalogue/individual_store.h"

#include <QAbstractListModel>

#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

/// The individuals of one search. Even 20,000 of them are a few MB, so all rows are held. The catalogue must outlive it or be taken away with
/// setCatalogue(nullptr).
class IndividualModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role {
        IdRole = Qt::UserRole + 1, ///< qlonglong
        NameRole,
        PhotoCountRole,
        FirstSeenRole, ///< ISO 8601
        LastSeenRole,
        ThumbnailRole, ///< path of the thumbnail file; empty without photos
    };

    explicit IndividualModel(QObject *parent = nullptr);

    void setCatalogue(catalogue::Catalogue *catalogue);
    Result<void> search(const QString &text, catalogue::IndividualSort sort, bool descending);
    [[nodiscard]] IndividualId idAt(int row) const;
    [[nodiscard]] int rowOf(IndividualId id) const; ///< -1: not among the results
    [[nodiscard]] const catalogue::IndividualRow *rowAt(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

private:
    catalogue::Catalogue *m_catalogue = nullptr;
    std::vector<catalogue::IndividualRow> m_rows;
};

} // namespace flukeprint::ui
