#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/catalogue/integrity.h"
#include "core/workflows/import_photos.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <filesystem>

namespace flukeprint::workflows {
class CatalogueSession;
struct EmbedSummary;
struct MineReport;
struct ProposeReport;
}

namespace flukeprint::ui {

/// The long jobs that the window starts for an open catalogue; each goes into the session's queue, and the session is told what
/// changed when it ends. The session must outlive it. GUI thread only.
class CatalogueTasks : public QObject
{
    Q_OBJECT
public:
    explicit CatalogueTasks(workflows::CatalogueSession &session, QObject *parent = nullptr);

    /// What a catalogue that was just opened still has to do: adopt the shipped models, read flukes that have no embedding, find
    /// candidates for those that wait for an identity, go on with a change of model. Returns at once.
    void catchUp();

    /// New photos are embedded when the import is done.
    void import(workflows::ImportRequest request);
    [[nodiscard]] bool hasInterruptedImport() const;
    void continueImport();
    /// Draws synthetic photos into the catalogue's folder and imports them with their labels.
    void makeDemo();
    /// Finds candidates for what waits for an identity and has none; for all that waits if identities have changed since they
    /// were found. Nothing happens where nothing is to do.
    void refreshCandidates();

    /// `format` as in catalogue::exchange::exportFormats.
    void exportTo(const QString &format, const QString &file);
    void backUpTo(const QString &folder);
    void verify();
    void importModel(const QString &file);
    void exportModel(ModelId model, const QString &file);
    /// Makes a model the serving one, after its embeddings were computed.
    void promote(ModelId model);
    /// Hard triplets under the serving model, as a table for `train --triplets`.
    void mineTo(const QString &file);

Q_SIGNALS:
    void notice(const QString &text);
    void failed(const QString &title, const flukeprint::Error &error);
    void imported(const flukeprint::workflows::ImportReport &report);
    void verified(const flukeprint::catalogue::IntegrityReport &report);
    void mined(const QString &file, const flukeprint::workflows::MineReport &report);

private:
    void importEnded(const Result<workflows::ImportReport> &outcome);
    void embedMissing();
    void proposeMissing();
    [[nodiscard]] std::int64_t newestDecision();
    void propose(bool all);
    void proposeEnded(const Result<workflows::ProposeReport> &outcome);
    void embedEnded(const Result<workflows::EmbedSummary> &outcome);
    void activatePending();
    /// Reports an error unless the user cancelled; true if there was none.
    bool check(const Result<void> &outcome, const QString &title);

    workflows::CatalogueSession &m_session;
    QTimer m_arrivals; ///< from time to time the pages show what an import has stored so far
    QTimer m_embedSoon; ///< several boxes edited in a row are read together
    bool m_embedding = false;
    bool m_proposing = false;
    bool m_proposingAll = false; ///< and not only for what has none
    std::int64_t m_proposingSince = 0; ///< newest decision when that began
    bool m_proposeAgain = false; ///< more came in while candidates were looked for
    bool m_proposeAllAgain = false; ///< somebody asked for all meanwhile
    bool m_candidatesAged = false; ///< identities changed since candidates were found
};

} // namespace flukeprint::ui
