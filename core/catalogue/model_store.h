#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// The model registry. Thread-affine like its catalogue, which must outlive it. Errors everywhere: DatabaseFailed,
/// DiskFull, CatalogueReadOnly.
class ModelStore
{
public:
    explicit ModelStore(Catalogue &catalogue);

    /// The first model becomes the active one; `active` of the argument is ignored otherwise. The file must be in
    /// place. Errors: AlreadyExists ("model", name), InvalidArgument (dimension or input size of 0, no JSON object
    /// where one is due).
    Result<ModelId> add(const Model &model);
    /// Errors: NotFound.
    Result<Model> get(ModelId id);
    Result<std::optional<Model>> find(const QString &name);
    /// Errors: ModelMissing.
    Result<Model> active();
    /// Newest first.
    Result<std::vector<Model>> list();
    /// Makes this the active model and drops the candidates of the old one, in one transaction. Errors: NotFound.
    Result<void> activate(ModelId id);
    Result<void> setCalibration(ModelId id, const QString &calibrationJson);
    Result<void> setMetrics(ModelId id, const QString &metricsJson);
    /// Its embeddings go with it; the file is the caller's. Errors: NotFound, InvalidArgument (the active model).
    Result<void> remove(ModelId id);
    /// `wanted`, or `wanted-2`, `wanted-3`... if taken.
    Result<QString> freeName(const QString &wanted);

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
