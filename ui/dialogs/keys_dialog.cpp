#include "ui/dialogs/keys_dialog.h"

#include "ui/theme/theme.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

namespace {

struct Group
{
    QString title;
    QList<QPair<QString, QString>> keys; ///< key, what it does
};

QString withoutMnemonic(QString text)
{
    text.remove(QLatin1Char('&'));
    text.remove(QStringLiteral("\u2026"));
    // "Undo: confirm w_1" is what it would do now, not what the key is for.
    return text.section(QStringLiteral(": "), 0, 0);
}

void collect(const QMenu *menu, Group &group)
{
    for (const QAction *action : menu->actions()) {
        if (const QMenu *inner = action->menu()) {
            Group numbered;
            collect(inner, numbered);
            const bool digits = numbered.keys.size() > 2 && std::all_of(numbered.keys.begin(), numbered.keys.end(), [](const auto &entry) {
                                    return entry.first.size() == 1 && entry.first.front().isDigit();
                                });
            if (digits)
                numbered.keys = {{QStringLiteral("%1 \u2013 %2").arg(numbered.keys.front().first, numbered.keys.back().first),
                                  withoutMnemonic(action->text())}};
            group.keys += numbered.keys;
        }
        else if (!action->shortcut().isEmpty() && action->isVisible())
            group.keys.append({action->shortcut().toString(QKeySequence::NativeText), withoutMnemonic(action->text())});
    }
}

QWidget *makeGroup(const Group &group, QWidget *parent)
{
    auto *box = new QWidget(parent);
    auto *grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 12);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(5);
    auto *title = new QLabel(group.title, box);
    title->setProperty("role", "cardTitle");
    grid->addWidget(title, 0, 0, 1, 2);
    int row = 1;
    for (const auto &[key, meaning] : group.keys) {
        auto *keyLabel = new QLabel(key, box);
        keyLabel->setProperty("role", "strong");
        grid->addWidget(keyLabel, row, 0, Qt::AlignTop);
        grid->addWidget(new QLabel(meaning, box), row, 1);
        ++row;
    }
    grid->setColumnMinimumWidth(0, 110);
    grid->setColumnStretch(1, 1);
    return box;
}

} // namespace

KeysDialog::KeysDialog(const QMenuBar *menus, QWidget *parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("keysDialog"));
    setWindowTitle(tr("Keys"));
    resize(840, 640);
    QList<Group> groups;
    for (const QAction *action : menus->actions()) {
        if (!action->menu())
            continue;
        Group group {withoutMnemonic(action->text()), {}};
        collect(action->menu(), group);
        if (!group.keys.isEmpty())
            groups.append(group);
    }
    groups.append({tr("On a photo"),
                   {{tr("+ and -"), tr("zoom")},
                    {QStringLiteral("0"), tr("whole photo")},
                    {QStringLiteral("1"), tr("pixel by pixel")},
                    {tr("Arrows"), tr("move; what is in hand moves")},
                    {tr("Shift+Arrows"), tr("resize the box in hand")},
                    {tr("Ctrl+Arrows"), tr("turn the box in hand")},
                    {tr("Enter"), tr("set the next of tips and notch in the middle")},
                    {tr("Delete"), tr("take the tip or notch last touched away")}}});

    auto *inner = new QWidget;
    inner->setProperty("role", "plain");
    auto *columns = new QHBoxLayout(inner);
    columns->setSpacing(32);
    auto *left = new QVBoxLayout;
    auto *right = new QVBoxLayout;
    columns->addLayout(left, 1);
    columns->addLayout(right, 1);
    qsizetype leftRows = 0;
    qsizetype rightRows = 0;
    for (const Group &group : groups) {
        const bool toLeft = leftRows <= rightRows;
        (toLeft ? left : right)->addWidget(makeGroup(group, inner));
        (toLeft ? leftRows : rightRows) += group.keys.size() + 2;
    }
    left->addStretch();
    right->addStretch();

    auto *scroll = new QScrollArea(this);
    scroll->setWidget(inner);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->addWidget(scroll, 1);
    layout->addWidget(buttons);
}

} // namespace flukeprint::ui
