// What is done to the kept weights before they become a model file.
#include "core/learning/networks/within_whitening.h"
#include "core/learning/training/training_run.h"

#include <torch/torch.h>

#include <optional>

namespace flukeprint::learning {

namespace {

std::string percent(double share)
{
    std::string text = std::to_string(100 * share);
    return text.substr(0, text.find('.') + 2) + "%";
}

/// Known whales found, and new ones told from them, which whitening tends to make worse: a point of either counts alike.
struct Worth
{
    double map5 = 0;
    std::optional<double> aurocNew; ///< where there are new whales among the validation photos

    [[nodiscard]] double sum() const { return map5 + aurocNew.value_or(0); }
    [[nodiscard]] std::string change(const Worth &from) const
    {
        return aurocNew && from.aurocNew ? ", AUROC of new whales " + percent(*from.aurocNew) + " to " + percent(*aurocNew) : std::string();
    }
};

Worth worthOf(const Validator::Figures &figures)
{
    const auto auroc = figures.find("auroc_new");
    return {figures.at("map5"), auroc == figures.end() ? std::nullopt : std::optional(auroc->second)};
}

} // namespace

bool TrainingRun::isWhitened() const
{
    return m_config.realOr("within_whitening", 0) > 0 && !m_data.validation().empty();
}

/// Folds within-class whitening into the head and keeps it if it serves the validation photos better so: see Worth.
Result<void> TrainingRun::whitenKept(Validator::FinalFigures &kept, std::map<std::string, double> &metrics)
{
    EmbeddingNetwork &network = m_learner->evaluationNetwork();
    const auto before = kept.figures.find("map5");
    if (!isWhitened() || before == kept.figures.end() || !headTakesMap(network->options()))
        return {};
    const torch::Tensor photos = m_validator->trainEmbeddings();
    const std::int64_t views = photos.size(1) / network->dimension();
    const torch::Tensor rows = torch::nn::functional::normalize(photos.view({-1, network->dimension()}),
                                                                torch::nn::functional::NormalizeFuncOptions().dim(1));
    std::vector<std::int64_t> labels;
    for (const RunPhoto &photo : m_data.train()) {
        for (std::int64_t view = 0; view < views; ++view)
            labels.push_back(photo.label < 0 ? -1 : photo.label + view * m_data.individualCount());
    }
    const Result<torch::Tensor> map = withinWhitening(rows, labels, m_config.real("within_whitening"));
    if (!map) {
        m_reporter.say("not whitened: no individual has two photos to train on");
        return {};
    }
    foldIntoHead(network, *map, rows);
    Result<Validator::FinalFigures> whitened = m_validator->measureFinally(network);
    if (!whitened)
        return whitened.error();
    const double plain = before->second;
    const double after = whitened->figures.at("map5");
    const Worth worthBefore = worthOf(kept.figures);
    const Worth worthAfter = worthOf(whitened->figures);
    const bool isKept = worthAfter.sum() > worthBefore.sum();
    m_reporter.say("whitened within individuals: validation MAP@5 " + percent(plain) + " to " + percent(after) + worthAfter.change(worthBefore)
                   + (isKept ? ", kept" : ", not kept"));
    if (isKept) {
        kept = std::move(*whitened);
        metrics["map5_unwhitened"] = plain;
        return {};
    }
    const Result<TensorMismatch> restored = loadWeights(network, m_folder / "best.safetensors");
    return restored ? Result<void>() : Result<void>(restored.error());
}

} // namespace flukeprint::learning
