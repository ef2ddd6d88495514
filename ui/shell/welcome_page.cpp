#include "ui/shell/welcome_page.h"

#include "ui/text/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/choice_card.h"

#include <QAction>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

WelcomePage::WelcomePage(QAction *create, QAction *open, QAction *demo, QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("welcomePage"));
    setProperty("role", "page");
    setAttribute(Qt::WA_StyledBackground);

    auto *emblem = new QLabel(this);
    emblem->setObjectName(QStringLiteral("welcomeEmblem"));
    emblem->setPixmap(applicationIcon().pixmap(QSize(72, 72), devicePixelRatioF()));
    auto *name = new QLabel(tr("Flukeprint"), this);
    name->setObjectName(QStringLiteral("welcomeName"));
    name->setFont(boldFont(26));
    name->setStyleSheet(QStringLiteral("font-size: 26px; font-weight: 600;"));
    auto *line = new QLabel(tr("Who is this whale? Identify individuals by their flukes, on your own computer."), this);
    line->setObjectName(QStringLiteral("welcomeLine"));
    line->setProperty("role", "secondary");

    auto *choices = new QHBoxLayout;
    choices->setSpacing(Sizes::gap);
    choices->addStretch();
    choices->addWidget(makeChoice(create, QStringLiteral("add"), tr("Start a catalogue"), tr("An empty one for your own photos.")));
    choices->addWidget(makeChoice(open, QStringLiteral("open"), tr("Open a catalogue"), tr("A NAME.flukeprint folder you have.")));
    choices->addWidget(makeChoice(demo, QStringLiteral("demo"), tr("Try the demo"), tr("40 drawn whales to practise with; takes a minute.")));
    choices->addStretch();

    m_recent = new QVBoxLayout;
    m_recent->setSpacing(2);

    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    layout->addStretch(2);
    layout->addWidget(emblem, 0, Qt::AlignHCenter);
    layout->addSpacing(6);
    layout->addWidget(name, 0, Qt::AlignHCenter);
    layout->addWidget(line, 0, Qt::AlignHCenter);
    layout->addSpacing(24);
    layout->addLayout(choices);
    layout->addSpacing(20);
    layout->addLayout(m_recent);
    layout->addStretch(3);
}

QWidget *WelcomePage::makeChoice(QAction *action, const QString &iconName, const QString &title, const QString &text)
{
    auto *card = new ChoiceCard(iconName, title, text, this);
    card->setObjectName(QStringLiteral("welcome_") + action->objectName());
    connect(card, &QAbstractButton::clicked, action, &QAction::trigger);
    return card;
}

void WelcomePage::setRecent(const QStringList &folders)
{
    while (QLayoutItem *item = m_recent->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (folders.isEmpty())
        return;
    auto *title = new QLabel(tr("Recent catalogues"), this);
    title->setObjectName(QStringLiteral("recentTitle"));
    title->setProperty("role", "small");
    m_recent->addWidget(title, 0, Qt::AlignHCenter);
    for (const QString &folder : folders.mid(0, 5)) {
        auto *button = new QPushButton(QStringLiteral("%1   %2").arg(QFileInfo(folder).completeBaseName(), pathText(QFileInfo(folder).path())), this);
        button->setProperty("role", "flat");
        button->setToolTip(pathText(folder));
        button->setObjectName(QStringLiteral("recentCatalogue"));
        connect(button, &QPushButton::clicked, this, [this, folder] { Q_EMIT recentChosen(folder); });
        m_recent->addWidget(button, 0, Qt::AlignHCenter);
    }
}

} // namespace flukeprint::ui
