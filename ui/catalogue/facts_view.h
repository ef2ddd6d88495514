#pragma once

#include <QWidget>

class QGridLayout;

namespace flukeprint::ui {

/// Names and values in two columns; empty values are left out.
class FactsView : public QWidget
{
    Q_OBJECT
public:
    explicit FactsView(QWidget *parent = nullptr);
    void setFacts(const QList<QPair<QString, QString>> &facts);

private:
    QGridLayout *m_grid = nullptr;
};

} // namespace flukeprint::ui
