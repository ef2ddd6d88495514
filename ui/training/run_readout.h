#pragma once

#include <QLabel>

namespace flukeprint::ui {

class RunCurves;

/// One quiet line below the charts: what the run's probe measured last, and the memory in use. An alarm takes the figures' place.
class RunReadout : public QLabel
{
    Q_OBJECT

public:
    explicit RunReadout(QWidget *parent = nullptr);

    /// Hidden while the run has no such figures.
    void showFigures(const RunCurves &curves);
    /// Stays until another run is shown; empty: none.
    void setAlarm(const QString &sentence);

private:
    void refresh();

    QString m_figures;
    QString m_alarm;
};

} // namespace flukeprint::ui
