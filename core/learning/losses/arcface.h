#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace flukeprint::learning {

/// Cosine of each row of `embeddings` [N, D] with each class: the largest over the class's `subCentres` rows of `centres`
/// [C * subCentres, D] (class-major), as [N, C]. Neither needs to be normalised. Deng et al., "Sub-center ArcFace", ECCV 2020.
[[nodiscard]] torch::Tensor subCentreCosines(const torch::Tensor &embeddings, const torch::Tensor &centres,
                                             std::int64_t subCentres);

/// ArcFace logits (Deng et al., CVPR 2019, arXiv:1801.07698): scale * cosine, where the true class's cosine is replaced by
/// cos(angle + margin). Past angle + margin > pi, where that would rise again, cos(angle) - margin * sin(margin) goes on falling.
/// `cosines` [N, C]; `labels` int64 [N] in 0..C-1; `margins` [N] in radians, 0..pi/2.
[[nodiscard]] torch::Tensor arcFaceLogits(const torch::Tensor &cosines, const torch::Tensor &labels,
                                          const torch::Tensor &margins, double scale);

/// Margin of each class by its number of photos: rarer classes get a larger one, m(n) = a * n^(-1/4) + b, with a and b such that
/// the rarest has `maximum` and the most frequent `minimum` (Ha et al., 2020, arXiv:2010.05350). All equal: their mean.
/// counts > 0. Double [C] on the CPU.
[[nodiscard]] torch::Tensor dynamicMargins(const std::vector<std::int64_t> &counts, double minimum, double maximum);

struct ArcFaceOptions
{
    std::int64_t dimension = 512;
    std::int64_t subCentres = 1;
    double scale = 24;
    double marginMinimum = 0.3; ///< radians
    double marginMaximum = 0.3;
};

/// The classifier that trains an embedding; it is thrown away afterwards. Centres are drawn from torch's global generator.
class ArcFaceImpl : public torch::nn::Module
{
public:
    /// `counts`: photos of each class, > 0.
    ArcFaceImpl(const std::vector<std::int64_t> &counts, const ArcFaceOptions &options);

    /// [N, C]
    [[nodiscard]] torch::Tensor cosines(const torch::Tensor &embeddings);
    /// Mean cross entropy of the margin logits.
    [[nodiscard]] torch::Tensor loss(const torch::Tensor &cosines, const torch::Tensor &labels);

    /// Length of the rows at the start. Only directions count, but against it the optimizer's steps have their size: at this length one photo of a
    /// class turns its centre by about a third at a rate of 0.001.
    static constexpr double startNorm = 2;

    torch::Tensor centres; ///< parameter, [C * subCentres, D]
    torch::Tensor margins; ///< float [C], follows from the counts: no buffer of the module

private:
    ArcFaceOptions m_options;
};
TORCH_MODULE(ArcFace);

struct FocalNegativeOptions
{
    double scale = 16;
    double threshold = 0.35; ///< cosine from which on a photo would pass for the individual
    double gamma = 2; ///< focusing: classes that are far already count less
};

/// Unidentified photos are nobody of the known: for each of M photos, the sum over the C classes of the focal binary cross entropy
/// (Lin et al., ICCV 2017) of p = sigmoid(scale * (cosine - threshold)) against 0, which is -p^gamma * log(1 - p); mean
/// over photos. `cosines` [M, C]; 0 for M = 0.
[[nodiscard]] torch::Tensor focalNegativeLoss(const torch::Tensor &cosines, const FocalNegativeOptions &options = {});

} // namespace flukeprint::learning
