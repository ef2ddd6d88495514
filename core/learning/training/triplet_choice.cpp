#include "core/learning/training/triplet_choice.h"

namespace flukeprint::learning {

namespace {

Distance distanceNamed(const std::string &name)
{
    if (name == "squared")
        return Distance::SquaredEuclidean;
    return name == "cosine" ? Distance::Cosine : Distance::Euclidean;
}

TripletForm formOf(const protocol::RunConfig &config)
{
    constexpr double softSharpness = 10; // see TripletForm::sharpness
    const std::string name = config.textOr("form", "hinge");
    if (name == "soft")
        return TripletForm::softMargin(softSharpness);
    if (name == "capped")
        return TripletForm::cappedHinge(config.real("margin"), config.real("cap"));
    return TripletForm::hinge(config.realOr("margin", 1));
}

} // namespace

TripletOptions tripletOptions(const protocol::RunConfig &config)
{
    return {distanceNamed(config.textOr("distance", "euclidean")), formOf(config)};
}

BatchMiner batchMinerNamed(const std::string &name)
{
    if (name == "batch_all")
        return BatchMiner::BatchAll;
    return name == "semi_hard" ? BatchMiner::SemiHard : BatchMiner::BatchHard;
}

TripletResult minedTriplets(BatchMiner miner, const torch::Tensor &embeddings, const torch::Tensor &labels, const TripletOptions &options)
{
    switch (miner) {
    case BatchMiner::BatchAll:
        return batchAllTriplet(embeddings, labels, options);
    case BatchMiner::SemiHard:
        return semiHardTriplet(embeddings, labels, options);
    case BatchMiner::BatchHard:
        break;
    }
    return batchHardTriplet(embeddings, labels, options);
}

} // namespace flukeprint::learning
