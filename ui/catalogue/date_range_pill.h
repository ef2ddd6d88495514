#pragma once

#include "ui/widgets/pill.h"

#include <QDate>

#include <utility>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

/// A pill that restricts by date; a press opens two dates below it, at first those of the oldest and the newest photo.
class DateRangePill : public Pill
{
    Q_OBJECT
public:
    explicit DateRangePill(QWidget *parent = nullptr);

    /// Null: none is open.
    void setCatalogue(catalogue::Catalogue *catalogue) { m_catalogue = catalogue; }
    /// ISO dates for catalogue::AnnotationFilter; empty: open end.
    [[nodiscard]] QString from() const;
    [[nodiscard]] QString to() const;
    void clear();

Q_SIGNALS:
    void rangeChanged();

private:
    void openPopup();
    void setRange(QDate from, QDate to);
    /// What the popup proposes.
    [[nodiscard]] std::pair<QDate, QDate> proposal() const;

    catalogue::Catalogue *m_catalogue = nullptr;
    QDate m_from;
    QDate m_to;
};

} // namespace flukeprint::ui
