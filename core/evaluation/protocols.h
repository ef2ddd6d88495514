#pragma once

#include "core/base/result.h"
#include "core/evaluation/calibration.h"
#include "core/evaluation/cluster_statistics.h"
#include "core/evaluation/retrieval_metrics.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

/// The protocols of the project's metrics page, whole: a table of photos with roles in, figures with intervals out.
namespace flukeprint::evaluation {

/// `role` of a split table.
enum class Role {
    Train, ///< with an identity: gallery; without: distractor of the disjoint protocol
    Validation, ///< chooses thresholds and calibration
    TestKnown,
    TestNew, ///< whales that are not in the gallery
    TestDisjoint, ///< individuals that are nowhere else
    CalibrationNew, ///< role `train` in the table, unidentified, kept out of training to choose thresholds
};
/// "train", "validation", "test_known", "test_new", "test_disjoint", "calibration_new"; none for anything else.
[[nodiscard]] std::optional<Role> roleFromName(std::string_view name);
[[nodiscard]] std::string_view roleName(Role role);

/// Photos of a split table with their embeddings under one model; roles[i] belongs to photos.labels[i].
struct ProtocolInput
{
    PhotoSet photos;
    std::vector<Role> roles;
};

struct ProtocolOptions
{
    RankingOptions ranking; ///< `unidentifiedAreIndividuals` is set by each protocol
    BootstrapOptions bootstrap;
    /// Probabilities to judge; none: fitted here on Validation and CalibrationNew.
    std::optional<ScoreCalibration> calibration;
};

/// Kaggle-style MAP@5: `new_whale` takes part in the ranking as an individual at distance t.
struct KaggleFigures
{
    Estimate map5;
    Estimate newAlwaysFirst; ///< t = 0: "new whale" first for every query, then the ranking
    Estimate newAlone; ///< only ever "new whale"
    double threshold = 0; ///< t, chosen on Validation and CalibrationNew
    double selectionMap5 = 0; ///< what t scored there
    std::size_t queries = 0;
};

/// A part whose photos are missing keeps its figures unavailable.
struct ProtocolFigures
{
    RetrievalFigures closed;
    RetrievalFigures validation; ///< Validation against the same gallery
    KaggleFigures kaggle;
    RetrievalFigures disjoint;
    Estimate aurocNew;
    Estimate aurocNewShown; ///< by the probability that the query is new instead of its smallest distance
    Estimate ece; ///< of the first candidate's probability, TestKnown and TestNew together
    Estimate eceByChance; ///< what exactly right probabilities would show: calibrationErrorByChance
    Estimate eceKnown; ///< the same over TestKnown alone
    Estimate eceNew; ///< of the probability that the query is new, both together
    ClusterStatistics clusters; ///< of the identified photos of Train
    Estimate radius; ///< clusters.radius with its interval over individuals
    Estimate separation; ///< clusters.separation, likewise; the other centroids stay where they are
    ScoreCalibration calibration; ///< the one that was judged
    std::size_t galleryPhotos = 0;
    std::size_t galleryIndividuals = 0;
};

/// Errors: InvalidArgument as rankQueries, or roles.size() != photos.count(); Cancelled.
Result<ProtocolFigures> runProtocols(const ProtocolInput &input, const ProtocolOptions &options = {},
                                     std::stop_token stop = {});

// The parts, for who has rankings already (`evaluate --queries`, training's validation).

/// Score of one query where `new_whale` stands at distance `t`; a tie counts against us. For a known whale its rank may
/// be pushed down by one; for a new whale (isNew) the rank is 1 + the number of individuals at a distance <= t. Needs
/// keepNearest >= 5.
[[nodiscard]] double kaggleScore(const QueryRanking &ranking, bool isNew, double t);

struct NewThreshold
{
    double threshold = 0;
    double score = 0; ///< mean kaggleScore on the queries that chose it
};
/// The t of the highest mean kaggleScore, exactly: the middle of the best interval between the distances where the
/// score changes, the widest of equals. Without queries: 0.
[[nodiscard]] NewThreshold chooseNewThreshold(std::span<const QueryRanking> known,
                                              std::span<const QueryRanking> unknown);

[[nodiscard]] KaggleFigures kaggleFigures(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown,
                                          const NewThreshold &threshold, const BootstrapOptions &options = {});

/// P(smallest distance of a new photo > that of a known one), ties 1/2.
[[nodiscard]] Estimate aurocNew(std::span<const QueryRanking> known, std::span<const QueryRanking> unknown,
                                const BootstrapOptions &options = {});

/// ECE (15 bins of equal count) of the first candidate's probability, and of the probability of a new individual.
struct CalibrationFigures
{
    Estimate firstCandidate;
    Estimate newIndividual;
    Estimate aurocNew; ///< P(a new photo's probability of being new > a known one's), ties 1/2
    Estimate firstByChance; ///< calibrationErrorByChance of the first candidates
};
[[nodiscard]] CalibrationFigures calibrationFigures(const ScoreCalibration &calibration,
                                                    std::span<const QueryRanking> known,
                                                    std::span<const QueryRanking> unknown,
                                                    const BootstrapOptions &options = {});

/// Calibration on held-out queries against `gallery`: `known` are identified and not in training, `unknown` are whales
/// that are not in the gallery (may be empty). What training stores with a model. Errors as rankQueries.
Result<ScoreCalibration> calibrate(const PhotoSet &known, const PhotoSet &unknown, const PhotoSet &gallery,
                                   const RankingOptions &ranking = {}, const CalibrationOptions &options = {});

} // namespace flukeprint::evaluation
