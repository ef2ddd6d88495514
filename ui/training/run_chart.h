#pragma once

#include "ui/widgets/card.h"

#include <QList>
#include <QPointF>
#include <QString>

#include <functional>
#include <vector>

class QChart;
class QChartView;
class QLineSeries;
class QValueAxis;

namespace flukeprint::ui {

/// How a curve is drawn. Dash and legend text tell curves apart without colour.
enum class CurveRole { Main, Second, Faint, Reference };

/// A card with one Qt chart over epochs: legend in its header, values under the pointer, axes that grow with the curves.
class RunChart : public Card
{
    Q_OBJECT

public:
    /// `valueText` turns a value into words for axis-free display ("0.66", "64%").
    RunChart(const QString &title, std::function<QString(double)> valueText, QWidget *parent = nullptr);

    /// Returns the curve's number. A Faint curve has no legend entry: it is the noise behind another one.
    int addCurve(const QString &label, CurveRole role);
    void setCurve(int curve, const QList<QPointF> &points);
    [[nodiscard]] int pointCount(int curve) const;
    /// Epochs the run is meant to take; the axis shows at least these.
    void setEpochs(double epochs);
    /// Of a share: the axis ends at 1 at most.
    void setShare(bool share);
    /// Shown instead of curves while there are none.
    void setEmptyText(const QString &text);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Curve
    {
        QString label;
        CurveRole role = CurveRole::Main;
        QLineSeries *series = nullptr;
        class CurveLegend *legend = nullptr;
        QList<QPointF> points;
    };
    void applyTheme();
    void fitAxes();
    void showValuesAt(double epoch);
    void hideValues();

    std::function<QString(double)> m_valueText;
    QChart *m_chart = nullptr;
    QChartView *m_view = nullptr;
    QValueAxis *m_x = nullptr;
    QValueAxis *m_y = nullptr;
    class QLabel *m_empty = nullptr;
    std::vector<Curve> m_curves;
    double m_epochs = 1;
    bool m_share = false;
};

} // namespace flukeprint::ui
