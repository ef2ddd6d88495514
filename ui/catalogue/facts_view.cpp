#include "ui/catalogue/facts_view.h"

#include "ui/widgets/elided_label.h"

#include <QGridLayout>
#include <QLabel>

namespace flukeprint::ui {

FactsView::FactsView(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("facts"));
    m_grid = new QGridLayout(this);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(16);
    m_grid->setVerticalSpacing(5);
    m_grid->setColumnStretch(1, 1);
}

void FactsView::setFacts(const QList<QPair<QString, QString>> &facts)
{
    while (QLayoutItem *item = m_grid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    int row = 0;
    for (const auto &[name, value] : facts) {
        if (value.isEmpty())
            continue;
        auto *nameLabel = new QLabel(name, this);
        nameLabel->setObjectName(QStringLiteral("factName_%1").arg(row));
        nameLabel->setProperty("role", "secondary");
        auto *valueLabel = new ElidedLabel(value, this);
        valueLabel->setObjectName(QStringLiteral("factValue_%1").arg(row));
        valueLabel->setElideMode(Qt::ElideMiddle);
        valueLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_grid->addWidget(nameLabel, row, 0);
        m_grid->addWidget(valueLabel, row, 1);
        ++row;
    }
}

} // namespace flukeprint::ui
