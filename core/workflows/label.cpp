#include "core/workflows/label.h"

#include "core/catalogue/exchange/tables.h"
#include "core/workflows/photo_lookup.h"
#include "core/workflows/user_name.h"

namespace flukeprint::workflows {

Result<LabelFileReport> labelFromCsv(catalogue::Catalogue &catalogue, const LabelRequest &request,
                                     const jobs::WorkContext &context)
{
    const auto rows = catalogue::exchange::readLabels(request.csv);
    if (!rows)
        return rows.error();
    const auto lookup = PhotoLookup::load(catalogue);
    if (!lookup)
        return lookup.error();
    LabelFileReport report;
    std::vector<catalogue::Label> labels;
    for (const catalogue::exchange::LabelRow &row : *rows) {
        const std::vector<PhotoId> photos = lookup->photos(row.image);
        if (photos.empty())
            report.missing.push_back(row.image);
        for (const PhotoId photo : photos) {
            const AnnotationId annotation = lookup->mainAnnotation(photo);
            if (annotation.isValid())
                labels.push_back({annotation, row.id});
        }
    }
    if (labels.empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    catalogue::DecisionLog decisions(catalogue, request.who.isEmpty() ? userName() : request.who,
                                     catalogue::DecisionSource::Cli);
    auto written = decisions.importLabels(labels, request.conflicts, context.progress, context.stop);
    if (!written)
        return written.error();
    report.labels = std::move(*written);
    return report;
}

Result<catalogue::UndoStep> undoLabels(catalogue::Catalogue &catalogue, std::int64_t batch, const QString &who)
{
    catalogue::DecisionLog decisions(catalogue, who.isEmpty() ? userName() : who, catalogue::DecisionSource::Cli);
    return decisions.undoBatch(batch);
}

} // namespace flukeprint::workflows
