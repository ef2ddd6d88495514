#pragma once

#include "ui/training/run_chart.h"

#include <QWidget>

namespace flukeprint::ui {

/// Pen of a curve in the present theme: the chart and its legend share it.
[[nodiscard]] QPen curvePen(CurveRole role);

/// A short sample of the line, the curve's name and, under the pointer, its value there.
class CurveLegend : public QWidget
{
    Q_OBJECT

public:
    CurveLegend(const QString &label, CurveRole role, QWidget *parent = nullptr);

    /// Empty: only the name.
    void setValueText(const QString &text);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] QString text() const;
    QString m_label;
    QString m_value;
    CurveRole m_role;
};

} // namespace flukeprint::ui
