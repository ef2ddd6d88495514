#pragma once

#include "core/base/ids.h"

#include <QLineEdit>

#include <optional>
#include <utility>

class QCompleter;
class QStandardItemModel;

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

/// A line for a code, alias or name of an individual that completes while typing.
class IndividualEdit : public QLineEdit
{
    Q_OBJECT
public:
    explicit IndividualEdit(QWidget *parent = nullptr);
    /// Null: nothing is completed. Must outlive the edit or be taken away.
    void setCatalogue(catalogue::Catalogue *catalogue);
    /// Who the text names, by code, alias, or a name that nobody else has; invalid: nobody.
    [[nodiscard]] IndividualId individual() const;
    [[nodiscard]] QString code() const; ///< of that individual, or the trimmed text
    /// True while the list of completions is open.
    [[nodiscard]] bool isCompleting() const;

Q_SIGNALS:
    /// A completion was taken, or the text was confirmed or cleared.
    void chosen(flukeprint::IndividualId individual);
    /// Ctrl+Enter: what stands here is meant as it is typed. No completion is taken, though one may be on offer.
    void meantAsTyped();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    [[nodiscard]] std::optional<std::pair<IndividualId, QString>> named() const;
    void complete(const QString &text);

    catalogue::Catalogue *m_catalogue = nullptr;
    QCompleter *m_completer = nullptr;
    QStandardItemModel *m_model = nullptr;
};

} // namespace flukeprint::ui
