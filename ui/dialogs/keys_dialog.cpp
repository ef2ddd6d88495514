#include "ui/dialogs/keys_dialog.h"

#include "ui/dialogs/button_names.h"
#include "ui/shell/page.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

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

/// The page that the action belongs to; empty: it is the window's own and works everywhere.
QString pageOf(const QAction *action)
{
    for (const QObject *owner = action->parent(); owner; owner = owner->parent()) {
        if (const auto *page = qobject_cast<const Page *>(owner))
            return page->title();
    }
    return {};
}

class Groups
{
public:
    void add(const QString &title, const QPair<QString, QString> &key)
    {
        const auto known = std::find_if(m_groups.begin(), m_groups.end(), [&](const Group &group) { return group.title == title; });
        if (known == m_groups.end())
            m_groups.append({title, {key}});
        else
            known->keys.append(key);
    }

    /// Keys that do the same with 1, 2, 3... are one line.
    void addMenu(const QMenu *menu, const QString &everywhere)
    {
        const QList<QAction *> actions = menu->actions();
        const bool isNumbered = actions.size() > 2 && std::all_of(actions.begin(), actions.end(), [](const QAction *action) {
                                    const QString key = action->shortcut().toString();
                                    return key.size() == 1 && key.front().isDigit();
                                });
        if (isNumbered) {
            const QString page = pageOf(actions.front());
            add(page.isEmpty() ? everywhere : page,
                {QStringLiteral("%1 \u2013 %2").arg(actions.front()->shortcut().toString(), actions.back()->shortcut().toString()),
                 withoutMnemonic(menu->title())});
            return;
        }
        for (const QAction *action : actions) {
            const QString page = pageOf(action);
            if (action->menu())
                addMenu(action->menu(), everywhere);
            else if (!action->shortcut().isEmpty() && action->isVisible())
                add(page.isEmpty() ? everywhere : page, {action->shortcut().toString(QKeySequence::NativeText), withoutMnemonic(action->text())});
        }
    }

    [[nodiscard]] const QList<Group> &all() const { return m_groups; }

private:
    QList<Group> m_groups;
};

QWidget *makeGroup(const Group &group, const QString &name, QWidget *parent)
{
    auto *box = new QWidget(parent);
    box->setObjectName(name);
    auto *grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 12);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(4);
    auto *title = new QLabel(group.title, box);
    title->setObjectName(name + QStringLiteral("Title"));
    title->setProperty("role", "cardTitle");
    grid->addWidget(title, 0, 0, 1, 2);
    int row = 1;
    for (const auto &[key, meaning] : group.keys) {
        auto *keyLabel = new QLabel(key, box);
        keyLabel->setObjectName(name + QStringLiteral("Key%1").arg(row));
        keyLabel->setProperty("role", "strong");
        grid->addWidget(keyLabel, row, 0, Qt::AlignTop);
        auto *meaningLabel = new QLabel(meaning, box);
        meaningLabel->setObjectName(name + QStringLiteral("Meaning%1").arg(row));
        grid->addWidget(meaningLabel, row, 1);
        ++row;
    }
    grid->setColumnMinimumWidth(0, 96);
    grid->setColumnStretch(1, 1);
    return box;
}

} // namespace

KeysDialog::KeysDialog(const QMenuBar *menus, QWidget *parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("keysDialog"));
    setWindowTitle(tr("Keys"));
    Groups groups;
    for (const QAction *action : menus->actions()) {
        if (action->menu())
            groups.addMenu(action->menu(), tr("Everywhere"));
    }
    for (const QPair<QString, QString> &key : photoKeys())
        groups.add(tr("On a photo"), key);

    // All at one glance: one column for what works everywhere, the pages beside it.
    auto *columns = new QHBoxLayout;
    columns->setSpacing(32);
    std::array<QVBoxLayout *, 3> column {};
    std::array<qsizetype, 3> rows {};
    for (QVBoxLayout *&one : column) {
        one = new QVBoxLayout;
        one->setSpacing(0);
        columns->addLayout(one, 1);
    }
    int number = 0;
    for (const Group &group : groups.all()) {
        const auto shortest = static_cast<std::size_t>(std::min_element(rows.begin(), rows.end()) - rows.begin());
        column[shortest]->addWidget(makeGroup(group, QStringLiteral("keysGroup%1").arg(++number), this));
        rows[shortest] += group.keys.size() + 2;
    }
    for (QVBoxLayout *one : column)
        one->addStretch();
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    nameButtons(buttons, QStringLiteral("keys"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->addLayout(columns, 1);
    layout->addWidget(buttons);
}

QList<QPair<QString, QString>> KeysDialog::photoKeys()
{
    return {{tr("+ and -"), tr("Zoom")},
            {QStringLiteral("0"), tr("Whole photo")},
            {QStringLiteral("1"), tr("Pixel by pixel")},
            {tr("Arrows"), tr("Move; what is in hand moves")},
            {tr("Shift+Arrows"), tr("Resize the box in hand")},
            {tr("Ctrl+Arrows"), tr("Turn the box in hand")},
            {tr("Enter"), tr("Save the box; set the next tip or notch")},
            {tr("Delete"), tr("Take the last tip or notch away")}};
}

} // namespace flukeprint::ui
