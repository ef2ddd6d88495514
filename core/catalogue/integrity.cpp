#include "core/catalogue/integrity.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/database.h"
#include "core/catalogue/decision_log.h"

#include <QCryptographicHash>
#include <QFile>

#include <system_error>

namespace flukeprint::catalogue {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t mostFindings = 10000;

Result<std::string> hashWithQt(const fs::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::ReadOnly))
        return Error(ErrorCode::FileUnreadable, {path.string(), file.errorString().toStdString()});
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!hash.addData(&file))
        return Error(ErrorCode::FileUnreadable, {path.string(), file.errorString().toStdString()});
    return hash.result().toHex().toStdString();
}

/// One walk through everything; each check adds what it finds.
class Verifier
{
public:
    Verifier(Catalogue &catalogue, const IntegrityOptions &options, const ProgressFn &progress, std::stop_token stop)
        : m_catalogue(catalogue)
        , m_database(catalogue.database())
        , m_options(options)
        , m_progress(progress)
        , m_stop(std::move(stop))
    {
    }

    Result<IntegrityReport> run()
    {
        using Check = Result<void> (Verifier::*)();
        for (const Check check :
             {&Verifier::checkDatabase, &Verifier::checkReferences, &Verifier::checkProjection, &Verifier::checkMerges,
              &Verifier::checkModels, &Verifier::checkRuns, &Verifier::checkEmbeddings, &Verifier::checkPhotos}) {
            if (m_stop.stop_requested())
                return Error(ErrorCode::Cancelled);
            if (const Result<void> done = (this->*check)(); !done)
                return done.error();
        }
        return std::move(m_report);
    }

private:
    void add(std::string code, std::vector<std::string> args)
    {
        if (m_report.findings.size() < mostFindings)
            m_report.findings.push_back({std::move(code), std::move(args)});
    }
    void report(const char *stage, std::int64_t done, std::int64_t total, const std::string &item = {}) const
    {
        if (m_progress)
            m_progress({stage, done, total, item});
    }

    Result<void> checkDatabase()
    {
        report("database", 0, 0);
        return m_database.each(QStringLiteral("PRAGMA integrity_check"), {}, [&](const Row &row) {
            if (row.text(0) != QLatin1String("ok"))
                add("database", {row.text(0).toStdString()});
            return true;
        });
    }

    Result<void> checkReferences()
    {
        report("references", 0, 0);
        return m_database.each(QStringLiteral("PRAGMA foreign_key_check"), {}, [&](const Row &row) {
            add("reference", {row.text(0).toStdString(), row.text(1).toStdString(), row.text(2).toStdString()});
            return true;
        });
    }

    Result<void> checkProjection()
    {
        DecisionLog log(m_catalogue, QStringLiteral("verify"), DecisionSource::Catalogue);
        const Result<std::int64_t> decisions = log.count();
        if (!decisions)
            return decisions.error();
        m_report.decisionsChecked = *decisions;
        const Result<std::vector<ProjectionMismatch>> mismatches = log.checkProjection(static_cast<int>(mostFindings), m_progress, m_stop);
        if (!mismatches)
            return mismatches.error();
        for (const ProjectionMismatch &mismatch : *mismatches) {
            if (!mismatch.annotation.isValid()) {
                add("projection_individual", {mismatch.storedCode.toStdString()});
                continue;
            }
            add("projection_annotation",
                {std::to_string(mismatch.annotation.value), nameOf(mismatch.storedState).toStdString(),
                 mismatch.storedCode.toStdString(), nameOf(mismatch.expectedState).toStdString(),
                 mismatch.expectedCode.toStdString()});
        }
        return {};
    }

    Result<void> checkMerges()
    {
        return m_database.each(QStringLiteral("SELECT i.code FROM individual i LEFT JOIN individual t ON t.id = "
                                              "i.merged_into WHERE i.merged_into IS NOT NULL "
                                              "AND (t.id IS NULL OR t.id = i.id OR i.retired = 0)"),
                               {}, [&](const Row &row) {
                                   add("merged_without_target", {row.text(0).toStdString()});
                                   return true;
                               });
    }

    Result<void> checkModels()
    {
        const Result<std::int64_t> active =
            m_database.integer(QStringLiteral("SELECT count(*) FROM model WHERE active = 1"));
        if (!active)
            return active.error();
        const Result<std::int64_t> all = m_database.integer(QStringLiteral("SELECT count(*) FROM model"));
        if (!all)
            return all.error();
        if (*active == 0 && *all > 0)
            add("no_active_model", {});
        if (*active > 1)
            add("several_active_models", {std::to_string(*active)});
        return m_database.each(QStringLiteral("SELECT name, file FROM model ORDER BY id"), {}, [&](const Row &row) {
            std::error_code failed;
            const fs::path file = m_catalogue.resolve(row.text(1));
            if (!fs::is_regular_file(file, failed))
                add("model_missing", {row.text(0).toStdString(), file.string()});
            return true;
        });
    }

    Result<void> checkRuns()
    {
        return m_database.each(QStringLiteral("SELECT name, folder FROM run WHERE folder <> '' ORDER BY id"), {},
                               [&](const Row &row) {
                                   std::error_code failed;
                                   const fs::path folder = m_catalogue.resolve(row.text(1));
                                   if (!fs::is_directory(folder, failed))
                                       add("run_folder_missing", {row.text(0).toStdString(), folder.string()});
                                   return true;
                               });
    }

    Result<void> checkEmbeddings()
    {
        report("embeddings", 0, 0);
        const Result<std::int64_t> count = m_database.integer(QStringLiteral("SELECT count(*) FROM embedding"));
        if (!count)
            return count.error();
        m_report.embeddingsChecked = *count;
        return m_database.each(
            QStringLiteral("SELECT m.name, e.annotation_id, length(e.vector), 4 * m.dimension FROM embedding e "
                           "JOIN model m ON m.id = e.model_id WHERE length(e.vector) <> 4 * m.dimension ORDER BY e.id"),
            {}, [&](const Row &row) {
                add("embedding_size",
                    {row.text(0).toStdString(), row.text(1).toStdString(), row.text(2).toStdString(),
                     row.text(3).toStdString()});
                return true;
            });
    }

    Result<void> checkPhotos()
    {
        const Result<std::int64_t> total = m_database.integer(QStringLiteral("SELECT count(*) FROM photo"));
        if (!total)
            return total.error();
        bool cancelled = false;
        const Result<void> done =
            m_database.each(QStringLiteral("SELECT id, path, sha256 FROM photo ORDER BY id"), {}, [&](const Row &row) {
                cancelled = m_stop.stop_requested();
                if (cancelled)
                    return false;
                checkPhoto(row.text(0).toStdString(), m_catalogue.resolve(row.text(1)), row.text(2).toStdString());
                report("photos", ++m_report.photosChecked, *total, row.text(1).toStdString());
                return true;
            });
        if (cancelled)
            return Error(ErrorCode::Cancelled);
        return done;
    }

    void checkPhoto(const std::string &id, const fs::path &path, const std::string &sha256)
    {
        std::error_code failed;
        if (!fs::is_regular_file(path, failed)) {
            add("photo_missing", {id, path.string()});
            return;
        }
        if (!m_options.hashPhotos)
            return;
        const Result<std::string> found = m_options.hashFile ? m_options.hashFile(path) : hashWithQt(path);
        if (!found)
            add("photo_unreadable", {id, path.string(), found.error().debugText()});
        else if (*found != sha256)
            add("photo_changed", {id, path.string(), sha256, *found});
    }

    Catalogue &m_catalogue;
    Database &m_database;
    const IntegrityOptions &m_options;
    const ProgressFn &m_progress;
    std::stop_token m_stop;
    IntegrityReport m_report;
};

} // namespace

Result<IntegrityReport> verify(Catalogue &catalogue, const IntegrityOptions &options, const ProgressFn &progress,
                               std::stop_token stop)
{
    return Verifier(catalogue, options, progress, std::move(stop)).run();
}

} // namespace flukeprint::catalogue
