#pragma once

#include "core/catalogue/chip_cache.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/integrity.h"
#include "core/catalogue/run_store.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <QCryptographicHash>
#include <QRegularExpression>

#include <fstream>

/// A catalogue that has everything, and the ways in which it may be damaged.
namespace flukeprint::catalogue {

namespace fs = std::filesystem;

inline void writeText(const fs::path &path, const std::string &text)
{
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

inline QStringList codesOf(const std::vector<Finding> &findings)
{
    QStringList codes;
    for (const Finding &finding : findings)
        codes << QString::fromStdString(finding.code);
    return codes;
}

/// A catalogue whose photos, model and run really lie on the disk.
struct Complete : Fixture
{
    std::vector<AnnotationId> annotations;
    std::vector<fs::path> files;
    ModelId model;

    Complete()
    {
        for (int i = 0; i < 3; ++i) {
            files.push_back(catalogue->photosFolder() / ("photo" + std::to_string(i) + ".jpg"));
            const std::string bytes = "bytes of photo " + std::to_string(i);
            writeText(files.back(), bytes);
            Photo photo = photoNumber(i);
            photo.sha256 = QString::fromLatin1(
                QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256).toHex());
            photo.path = catalogue->stored(files.back());
            photo.byteSize = static_cast<std::int64_t>(bytes.size());
            photo.copied = true;
            annotations.push_back(
                must(AnnotationStore(*catalogue).add(wholeFrame(must(PhotoStore(*catalogue).add(photo))))));
            writeText(catalogue->thumbnailPath(photo.sha256), "small");
        }
        writeText(catalogue->modelsFolder() / "first.safetensors", "weights");
        model = must(ModelStore(*catalogue).add(modelNamed(QStringLiteral("first"))));
        must(EmbeddingStore(*catalogue)
                 .put(model, std::vector<EmbeddingKey>{{annotations[0], 1}}, std::vector<float>{1, 2, 3, 4}));
        writeText(catalogue->chipsFolder() / "0001.fpc", "chips");
        must(ChipCache(*catalogue, 64, 32).put(std::vector<ChipPlace>{{annotations[0], 1, QStringLiteral("chips/0001.fpc"), 0}}));
        Run run;
        run.name = QStringLiteral("flukeprint-0001");
        run.preset = QStringLiteral("flukeprint");
        run.folder = QStringLiteral("runs/flukeprint-0001");
        const RunId id = must(RunStore(*catalogue).add(run));
        for (const char *name : {"config.json", "snapshot.json", "metrics.jsonl", "log.txt"})
            writeText(catalogue->runsFolder() / "flukeprint-0001" / name, "{}");
        must(RunStore(*catalogue).setState(id, RunState::Finished));
        const EncounterId day = must(EncounterStore(*catalogue).add({{}, QStringLiteral("day"), {}, {}, {}, {}, {}}));
        must(EncounterStore(*catalogue).add({{}, QStringLiteral("night"), {}, {}, {}, {}, {}}));
        must(PhotoStore(*catalogue).setEncounter(must(AnnotationStore(*catalogue).get(annotations[0])).photo, day));
        DecisionLog log(*catalogue, QStringLiteral("Ada"), DecisionSource::Review);
        must(log.confirm(annotations[0], addIndividual(*catalogue, QStringLiteral("w_1"))));
        must(log.skip(annotations[1]));
    }

    QStringList findings(const IntegrityOptions &options = {})
    {
        return codesOf(must(verify(*catalogue, options)).findings);
    }
    /// Statements parted by "; " (within a trigger they end with ";" and a word).
    void damage(const QString &sql)
    {
        Database &database = catalogue->database();
        must(database.integer(QStringLiteral("PRAGMA foreign_keys = OFF")));
        must(database.integer(QStringLiteral("PRAGMA ignore_check_constraints = ON")));
        static const QRegularExpression between(QStringLiteral("; (?!END)"));
        for (const QString &statement : sql.split(between, Qt::SkipEmptyParts))
            must(database.run(statement));
    }
};

/// Rows for a test that damages a catalogue: the statements, and the codes that verify finds.
inline void addDamages()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("codes");
    const auto row = [](const char *name, const char *sql, const char *codes) {
        QTest::newRow(name) << QString::fromLatin1(sql) << QString::fromLatin1(codes);
    };
    row("a reference",
        "UPDATE annotation SET photo_id = 99 WHERE id = 2",
        "reference");
    row("the projection",
        "UPDATE annotation SET state = 'identified', individual_id = 1 WHERE id = 2",
        "projection_annotation");
    row("proposed without candidates",
        "UPDATE annotation SET state = 'proposed' WHERE id = 2",
        "projection_annotation");
    row("retired",
        "UPDATE individual SET retired = 1",
        "projection_individual");
    row("merged into itself",
        "UPDATE individual SET merged_into = id, retired = 1",
        "merged_without_target merge_circle projection_individual");
    row("no active model",
        "UPDATE model SET active = 0",
        "no_active_model");
    row("two active models",
        "DROP INDEX model_active; INSERT INTO model (name, file, dimension, input_width_px, "
        "input_height_px, created_at, active) SELECT 'x', file, 4, 1, 1, '', 1 FROM model",
        "schema_missing several_active_models");
    row("model file",
        "UPDATE model SET file = 'models/gone.safetensors'",
        "model_missing");
    row("embedding of another size",
        "UPDATE embedding SET vector = x'00112233'",
        "embedding_size");
    row("embedding with a NaN",
        "UPDATE embedding SET vector = CAST(x'0000c07f' || substr(vector, 5) AS BLOB)",
        "embedding_not_finite");
    row("embedding of nothing",
        "UPDATE embedding SET vector = zeroblob(16)",
        "embedding_zero");
    row("embedding of a box to come",
        "UPDATE embedding SET box_revision = 9",
        "embedding_revision");
    row("run folder",
        "UPDATE run SET folder = 'runs/gone'",
        "run_folder_missing");
    row("files of a run",
        "UPDATE run SET folder = 'models'",
        "run_file_missing run_file_missing run_file_missing run_file_missing");
    row("a rule of annotations",
        "UPDATE annotation SET width_px = -4 WHERE id = 2",
        "constraint");
    row("a rule with text in it",
        "UPDATE individual SET sex = 'both' WHERE id = 1",
        "constraint");
    row("a rule of two columns",
        "UPDATE annotation SET individual_id = 1 WHERE id = 2",
        "constraint projection_annotation");
    row("a trigger dropped",
        "DROP TRIGGER decision_no_update",
        "schema_missing");
    row("a trigger changed",
        "DROP TRIGGER decision_no_update; CREATE TRIGGER decision_no_update BEFORE UPDATE ON "
        "decision BEGIN SELECT 1; END",
        "schema_changed");
    row("a foreign trigger",
        "CREATE TRIGGER spy AFTER UPDATE ON photo BEGIN UPDATE individual SET notes = ''; END",
        "trigger_unknown");
    row("an index dropped",
        "DROP INDEX annotation_state",
        "schema_missing");
    row("a table dropped",
        "DROP TABLE alias",
        "schema_missing schema_missing schema_missing");
    row("a table of caches dropped",
        "DROP TABLE proposal",
        "schema_missing schema_missing schema_missing schema_missing");
    row("a decision deleted",
        "DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE id = 1",
        "schema_missing decision_missing projection_annotation");
    row("undo of nothing",
        "INSERT INTO decision (id, batch, annotation_id, kind, who, at, source, undoes) VALUES (3, "
        "3, 1, 'undo', 'x', '2026', 'review', 7777)",
        "undo_without_decision");
    row("encounter merged into itself",
        "UPDATE encounter SET merged_into = id WHERE id = 2",
        "merge_circle");
    row("encounters merged in a circle",
        "UPDATE encounter SET merged_into = 3 - id",
        "merge_circle merge_circle");
    row("a group that nobody founded",
        "UPDATE photo SET duplicate_group = 999 WHERE id = 2",
        "duplicate_group");
    row("size of a photo",
        "UPDATE photo SET byte_size = 1 WHERE id = 2",
        "photo_size");
}

} // namespace flukeprint::catalogue
