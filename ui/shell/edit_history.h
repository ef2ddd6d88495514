#pragma once

#include "core/base/result.h"
#include "ui/shell/page.h"

#include <QObject>

#include <optional>

namespace flukeprint::ui {

/// One undo for two kinds of edits: decisions, which the catalogue's log undoes (across restarts), and local edits of this session.
/// Whichever is newer goes first. The session must outlive it.
class EditHistory : public QObject
{
    Q_OBJECT
public:
    explicit EditHistory(workflows::CatalogueSession &session, QObject *parent = nullptr);

    void add(const LocalEdit &edit);
    /// Words for the menu ("confirm w_1287fbc"); empty: nothing to undo or redo.
    [[nodiscard]] QString undoText() const;
    [[nodiscard]] QString redoText() const;
    /// True if the newest edit is a local one; then undo() will not touch the log.
    [[nodiscard]] bool undoIsLocal() const;
    [[nodiscard]] bool redoIsLocal() const;
    /// What was undone, in words; empty when the step itself reported an error.
    Result<QString> undo();
    Result<QString> redo();

Q_SIGNALS:
    void changed();

private:
    struct Entry
    {
        LocalEdit edit;
        std::int64_t batch = 0; ///< newest decision in force when the edit was made
    };
    [[nodiscard]] std::int64_t newestBatch() const;

    workflows::CatalogueSession &m_session;
    std::vector<Entry> m_done;
    std::vector<Entry> m_undone;
};

} // namespace flukeprint::ui
