#pragma once

#include <QColor>
#include <QWidget>

namespace flukeprint::ui {

/// A thin bar of a share of 1; always beside a figure that says the same.
class ProbabilityBar : public QWidget
{
    Q_OBJECT
public:
    explicit ProbabilityBar(QWidget *parent = nullptr);
    /// 0..1; negative: not known, an empty groove.
    void setValue(double share);
    [[nodiscard]] double value() const { return m_value; }
    void setAttention(bool attention);
    [[nodiscard]] QSize sizeHint() const override { return {144, 6}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    double m_value = -1;
    bool m_attention = false;
};

/// For delegates. `groove` is what shows behind the filled part.
void paintProbabilityBar(QPainter *painter, const QRect &rect, double share, const QColor &fill, const QColor &groove);

} // namespace flukeprint::ui
