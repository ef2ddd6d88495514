#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <QAbstractListModel>

#include <map>
#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

/// The training runs of a catalogue, newest first.
class RunListModel : public QAbstractListModel
{
    Q_OBJECT

public:
    enum Role { RunRole = Qt::UserRole + 1, StateRole, StateTextRole, ScoreRole, ServingRole };

    explicit RunListModel(QObject *parent = nullptr);

    /// Null: empty. Must outlive the model or be taken away first.
    void setCatalogue(catalogue::Catalogue *catalogue);
    /// Reads everything anew.
    Result<void> reload();
    /// Reads one run anew, or everything if it is new.
    void refresh(RunId run);
    /// Newest MAP@5 (or the like) of a run that is going on.
    void setScore(RunId run, double map5);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] std::optional<catalogue::Run> run(RunId id) const;
    [[nodiscard]] std::optional<catalogue::Run> run(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(RunId id) const;
    /// The run whose model serves now, if any.
    [[nodiscard]] RunId servingRun() const { return m_servingRun; }

private:
    [[nodiscard]] QString stateText(const catalogue::Run &run) const;

    catalogue::Catalogue *m_catalogue = nullptr;
    std::vector<catalogue::Run> m_runs;
    std::map<RunId, double> m_scores;
    RunId m_servingRun;
};

} // namespace flukeprint::ui
