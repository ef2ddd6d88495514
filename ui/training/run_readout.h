#pragma once

#include <QList>
#include <QString>
#include <QWidget>

class QHBoxLayout;
class QLabel;

namespace flukeprint::ui {

class ElidedLabel;
class RunCurves;

/// One quiet line below the charts: what the run's probe measured last, and the memory in use; each figure explains itself in its tool
/// tip. An alarm takes the figures' place. The line keeps its place while it is empty, so that the charts above do not move.
/// Object names: "runReadout", "readout_NAME" for a figure, "readoutAlarm".
class RunReadout : public QWidget
{
    Q_OBJECT

public:
    explicit RunReadout(QWidget *parent = nullptr);

    /// Of figures that the run does not have nothing is shown.
    void showFigures(const RunCurves &curves);
    /// Stays until another run is shown; empty: none.
    void setAlarm(const QString &sentence);
    /// All that is shown now.
    [[nodiscard]] QString text() const;

private:
    struct Figure
    {
        const char *name = nullptr; ///< of the curve
        ElidedLabel *label = nullptr;
    };
    void addFigure(const char *name, const QString &explanation);
    void refresh();

    QHBoxLayout *m_row = nullptr;
    QLabel *m_alarm = nullptr;
    QList<Figure> m_figures;
};

} // namespace flukeprint::ui
