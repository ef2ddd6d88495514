#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"
#include "core/evaluation/report.h"
#include "core/evaluation/retrieval_metrics.h"
#include "core/jobs/thread_job.h"
#include "core/workflows/evaluate.h"

#include <QHash>
#include <QString>

#include <vector>

namespace flukeprint::workflows {

/// The model by name, or the active one. Errors: ModelMissing, NotFound.
Result<catalogue::Model> chooseModel(catalogue::Catalogue &catalogue, const std::string &name);

/// By the model's own rule of ranking, see individualDistanceOf.
[[nodiscard]] evaluation::RankingOptions rankingOptionsFor(const catalogue::Model &model, const EvaluateOptions &options);

/// What the figures must be read with.
[[nodiscard]] evaluation::ReportContext reportContext(const catalogue::Model &model, const EvaluateOptions &options,
                                                      const std::filesystem::path &table);

/// Embeds what is missing, where the catalogue can be written. Errors: those of embedCatalogue.
Result<void> embedMissing(catalogue::Catalogue &catalogue, const catalogue::Model &model, const EvaluateOptions &options,
                          const jobs::WorkContext &context);

/// Dense numbers from 0 for id codes, without regard to case; noIndividual for an empty one.
class CodeNumbers
{
public:
    std::int32_t of(const QString &code);

private:
    QHash<QString, std::int32_t> m_numbers;
};

/// Labelled embeddings that own their numbers.
struct LabelledVectors
{
    std::size_t dimension = 0;
    std::vector<float> vectors;
    std::vector<evaluation::PhotoLabel> labels;

    void add(std::span<const float> vector, const evaluation::PhotoLabel &label)
    {
        vectors.insert(vectors.end(), vector.begin(), vector.end());
        labels.push_back(label);
    }
    [[nodiscard]] evaluation::PhotoSet photoSet() const { return {vectors, dimension, labels}; }
};

} // namespace flukeprint::workflows
