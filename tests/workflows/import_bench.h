#pragma once

#include "core/workflows/import_photos.h"
#include "tests/workflows/workbench.h"

#include <filesystem>
#include <vector>

/// Imports as the tests ask for them.
namespace flukeprint::workflows {

namespace fs = std::filesystem;

inline Result<ImportReport> import(catalogue::Catalogue &catalogue, ImportRequest request,
                            const jobs::WorkContext &context = {})
{
    request.who = QStringLiteral("tester");
    request.threads = 2;
    return importPhotos(catalogue, request, context);
}

inline ImportRequest requestFor(std::vector<fs::path> paths)
{
    ImportRequest request;
    request.paths = std::move(paths);
    return request;
}

inline const SkippedFile *skippedNamed(const ImportReport &report, const QString &name)
{
    for (const SkippedFile &file : report.skipped) {
        if (file.path.endsWith(name))
            return &file;
    }
    return nullptr;
}

} // namespace flukeprint::workflows
