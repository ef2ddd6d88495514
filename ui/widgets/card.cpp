#include "ui/widgets/card.h"

#include "ui/theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace flukeprint::ui {

Card::Card(QWidget *parent)
    : QFrame(parent)
{
    setProperty("role", "card");
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(1, 1, 1, 1);
    outer->setSpacing(0);
    m_body = new QVBoxLayout;
    m_body->setContentsMargins(0, 0, 0, 0);
    m_body->setSpacing(0);
    outer->addLayout(m_body, 1);
}

Card::Card(const QString &title, QWidget *parent)
    : Card(parent)
{
    setTitle(title);
}

void Card::setTitle(const QString &title)
{
    if (!m_title) {
        auto *layout = header();
        m_title = new QLabel(this);
        m_title->setObjectName(QStringLiteral("cardTitle"));
        m_title->setProperty("role", "cardTitle");
        layout->insertWidget(0, m_title);
    }
    m_title->setText(title);
}

QHBoxLayout *Card::header()
{
    if (!m_header) {
        auto *strip = new QWidget(this);
        strip->setObjectName(QStringLiteral("cardHeader"));
        strip->setProperty("role", "cardHeader");
        strip->setMinimumHeight(Sizes::cardHeaderHeight);
        m_header = new QHBoxLayout(strip);
        m_header->setContentsMargins(Sizes::gap, 4, Sizes::gap, 4);
        m_header->setSpacing(8);
        auto *outer = static_cast<QVBoxLayout *>(layout());
        outer->insertWidget(0, strip);
        outer->insertWidget(1, makeRule(this));
    }
    return m_header;
}

QFrame *makeRule(QWidget *parent)
{
    auto *rule = new QFrame(parent);
    rule->setObjectName(QStringLiteral("rule"));
    rule->setProperty("role", "line");
    rule->setFixedHeight(1);
    return rule;
}

} // namespace flukeprint::ui
