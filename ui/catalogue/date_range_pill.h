#pragma once

#include "ui/widgets/pill.h"

#include <QDate>

class QCheckBox;
class QDateEdit;

namespace flukeprint::ui {

/// A pill that restricts by date; a press opens two dates below it.
class DateRangePill : public Pill
{
    Q_OBJECT
public:
    explicit DateRangePill(QWidget *parent = nullptr);

    /// ISO dates for catalogue::AnnotationFilter; empty: open end.
    [[nodiscard]] QString from() const;
    [[nodiscard]] QString to() const;
    void clear();

Q_SIGNALS:
    void rangeChanged();

private:
    void openPopup();
    void setRange(QDate from, QDate to);

    QDate m_from;
    QDate m_to;
};

} // namespace flukeprint::ui
