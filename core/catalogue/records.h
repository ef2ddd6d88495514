#pragma once

#include "core/base/ids.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>
#include <vector>

/// The rows that stores give and take: plain values, copyable, without behaviour. Text is Unicode; moments are ISO 8601
/// text. Empty text and an invalid id mean "not known". Lengths ending in Px are pixels of the upright photo (EXIF
/// orientation applied), origin at its top left corner.
namespace flukeprint::catalogue {

using ImportSessionId = StrongId<struct ImportSessionTag>;

struct Photo
{
    PhotoId id;
    QString sha256; ///< of the file's bytes, 64 lower-case hex digits; unique
    QString path; ///< absolute, or relative to the catalogue's folder if copied in; see Catalogue::resolve
    QString fileName; ///< last part of the path at import, as tables name it
    bool copied = false;
    std::int64_t byteSize = 0;
    int widthPx = 0;
    int heightPx = 0;
    QString takenAt; ///< camera's local time "2019-07-14T10:22:31", no zone
    std::optional<double> latitude; ///< degrees, WGS 84
    std::optional<double> longitude;
    QString camera;
    int orientation = 1; ///< EXIF 1..8 of the file
    std::uint64_t perceptualHash = 0; ///< 0: not computed
    std::int64_t duplicateGroup = 0; ///< photos of one near-duplicate group share it; 0: none known
    EncounterId encounter;
    ImportSessionId importSession;
    QString importedAt; ///< UTC; set by the store if empty
    bool missing = false; ///< the file was not where it should be when last looked for
};

/// A rectangle of size width x height, turned clockwise (as seen on screen) by angleDeg around its centre.
struct RotatedBox
{
    double centreXPx = 0;
    double centreYPx = 0;
    double widthPx = 0; ///< > 0
    double heightPx = 0; ///< > 0
    double angleDeg = 0; ///< stored in (-180, 180]
    friend bool operator==(const RotatedBox &, const RotatedBox &) = default;
};

struct PointPx
{
    double x = 0;
    double y = 0;
    friend bool operator==(const PointPx &, const PointPx &) = default;
};

enum class BoxSource { Manual, Table, Automatic, Frame };

/// `Proposed` is Unidentified with stored candidates (ProposalStore); the others follow from the decision log alone.
enum class IdentityState { Unidentified, Proposed, Identified, Unusable };

struct Annotation
{
    AnnotationId id;
    PhotoId photo;
    RotatedBox box;
    BoxSource boxSource = BoxSource::Frame;
    int boxRevision = 1; ///< grows with every change of the box; chips and embeddings remember theirs
    std::optional<PointPx> leftTip;
    std::optional<PointPx> notch;
    std::optional<PointPx> rightTip;
    int quality = 0; ///< 1 (best) to 5 (worst) as catalogues of flukes grade; 0: not graded
    QString viewpoint; ///< "ventral", "dorsal", ...; empty: not said
    IdentityState state = IdentityState::Unidentified; ///< projection of the decision log, read only
    IndividualId individual; ///< projection of the decision log, read only
};

struct Individual
{
    IndividualId id;
    QString code; ///< unique without regard to case; 1..64 characters, no line breaks
    QString name;
    QString sex; ///< "female", "male" or empty
    int colourType = 0; ///< 1..5, 0: not graded
    QString notes;
    QString createdAt; ///< UTC; set by the store if empty
    AnnotationId representative; ///< chosen by hand; invalid: the store picks the best graded, newest photo
    bool retired = false; ///< merged, or its creation was undone: no decision may name it
    IndividualId mergedInto;
    QStringList aliases;
};

struct Encounter
{
    EncounterId id;
    QString code; ///< unique without regard to case
    QString startedAt;
    QString endedAt;
    QString place;
    std::optional<double> latitude;
    std::optional<double> longitude;
};

struct Model
{
    ModelId id;
    QString name; ///< unique
    QString preset;
    QString architecture;
    QString file; ///< relative to the catalogue's folder ("models/NAME.safetensors")
    int dimension = 0;
    int inputWidthPx = 0;
    int inputHeightPx = 0;
    QString metadataJson; ///< JSON objects; "{}" if there is nothing to say
    QString metricsJson;
    QString calibrationJson; ///< "{}": not calibrated
    QString createdAt; ///< UTC; set by the store if empty
    RunId run; ///< invalid: came from elsewhere
    bool active = false; ///< exactly one model is, once there is any
};

enum class RunState { Queued, Running, Paused, Finished, Cancelled, Failed, Interrupted };

struct Run
{
    RunId id;
    QString name; ///< unique
    QString preset;
    QString configJson = QStringLiteral("{}"); ///< the complete, frozen configuration
    RunState state = RunState::Queued;
    QString folder; ///< relative to the catalogue's folder ("runs/NAME")
    QString device;
    QString createdAt; ///< UTC; set by the store if empty
    QString startedAt;
    QString finishedAt;
    QString snapshotHash;
    ModelId model; ///< what came out
    QString errorJson; ///< {"code":..., "args":[...]} of a failed run
};

/// Names as stored and exported: "manual", "unidentified", "interrupted".
[[nodiscard]] QString nameOf(BoxSource source);
[[nodiscard]] QString nameOf(IdentityState state);
[[nodiscard]] QString nameOf(RunState state);
/// nullopt for a name nobody knows.
[[nodiscard]] std::optional<BoxSource> boxSourceFromName(const QString &name);
[[nodiscard]] std::optional<IdentityState> identityStateFromName(const QString &name);
[[nodiscard]] std::optional<RunState> runStateFromName(const QString &name);

/// Now, UTC, "2026-01-31T12:34:56.789Z": as all moments that the catalogue itself sets.
[[nodiscard]] QString utcNow();

} // namespace flukeprint::catalogue
