#pragma once

#include "core/catalogue/embedding_store.h"
#include "core/catalogue/exchange/tables.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/evaluation/evaluation_support.h"
#include "core/workflows/external_photos.h"
#include "core/workflows/photo_lookup.h"

#include <map>
#include <optional>
#include <span>

namespace flukeprint::workflows {

/// Finds the photos that query and gallery tables name, in the catalogue or outside it, and their embeddings under one model. A file
/// whose bytes are in the catalogue is the catalogue's photo; the same bytes under two names are one photo.
class TablePhotos
{
public:
    TablePhotos(catalogue::Catalogue &catalogue, const catalogue::Model &model);

    /// Reads the catalogue's embeddings. Errors: those of the stores.
    Result<void> load(const std::stop_token &stop);

    /// Rows of a table, in order; `folder` is where its paths start. Call `embed` before `labelled`.
    struct Found
    {
        QString image;
        QString id; ///< the individual's code in the catalogue where it is known there
        std::int64_t tableGroup = -1;
        std::optional<std::size_t> place; ///< in the catalogue's embeddings
        std::optional<std::size_t> external; ///< else among the external photos
    };
    Result<std::vector<Found>> find(std::span<const catalogue::exchange::SplitRow> rows, const std::filesystem::path &folder);

    /// Embeds the external photos found so far. Errors: those of embedPhotoFiles.
    Result<void> embed(const EvaluateOptions &options, const jobs::WorkContext &context);

    /// Rows with their embeddings; images without one go to `missing`.
    [[nodiscard]] LabelledVectors labelled(const std::vector<Found> &rows, CodeNumbers &codes, std::vector<QString> &missing) const;
    /// The catalogue's identified photos.
    Result<LabelledVectors> confirmed(CodeNumbers &codes);

private:
    Result<std::optional<PhotoId>> catalogued(const std::filesystem::path &file, std::optional<std::size_t> &external);
    Result<QString> canonicalCode(const QString &id);
    [[nodiscard]] std::int64_t groupOf(const Found &row) const;

    catalogue::Catalogue &m_catalogue;
    const catalogue::Model &m_model;
    catalogue::PhotoStore m_photos;
    PhotoLookup m_lookup;
    catalogue::EmbeddingSet m_set;
    std::map<AnnotationId, std::size_t> m_places;
    std::vector<ExternalPhoto> m_external;
    QHash<QString, std::size_t> m_externalBySha256;
    QHash<QString, QString> m_codes;
};

} // namespace flukeprint::workflows
