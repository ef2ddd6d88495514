#pragma once

#include "core/catalogue/individual_store.h"

#include <QWidget>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

class ElidedLabel;
class IndividualEdit;
class KeyButton;

/// Names a fluke by typing a code, alias or name. A text that nobody has is never taken by Enter: making a new individual of it is a
/// step of its own.
class RelabelBar : public QWidget
{
    Q_OBJECT
public:
    explicit RelabelBar(QWidget *parent = nullptr);

    /// Empties the field and takes the focus. The catalogue must outlive the bar or be taken away with close().
    void open(catalogue::Catalogue &catalogue);
    void close();

Q_SIGNALS:
    /// Code of a known individual.
    void chosen(const QString &code);
    /// A code that nobody has yet.
    void newWanted(const QString &code);
    void cancelled();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    /// Code of the individual that the text names by code, alias, or a name that only one has; empty: nobody.
    [[nodiscard]] QString knownCode() const;
    void refresh();
    void accept();
    void create();

    catalogue::Catalogue *m_catalogue = nullptr;
    IndividualEdit *m_field = nullptr;
    ElidedLabel *m_hint = nullptr;
    KeyButton *m_accept = nullptr;
    KeyButton *m_create = nullptr;
};

} // namespace flukeprint::ui
