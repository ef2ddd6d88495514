#include "ui/dialogs/about_dialog.h"

#include "ui/dialogs/button_names.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace flukeprint::ui {

namespace {

QString libraries()
{
    const QList<QPair<QString, QString>> rows {
        {QStringLiteral("Qt %1").arg(QString::fromLatin1(qVersion())), QStringLiteral("LGPL-3.0")},
        {QStringLiteral("Qt Charts"), QStringLiteral("GPL-3.0")},
        {QStringLiteral("LibTorch"), QStringLiteral("BSD-3-Clause")},
        {QStringLiteral("OpenBLAS, Gloo"), QStringLiteral("BSD-3-Clause")},
        {QStringLiteral("libjpeg-turbo"), QStringLiteral("IJG, BSD-3-Clause, zlib")},
        {QStringLiteral("OpenCV"), QStringLiteral("Apache-2.0")},
        {QStringLiteral("Exiv2"), QStringLiteral("GPL-2.0-or-later")},
        {QStringLiteral("LibRaw"), QStringLiteral("LGPL-2.1 / CDDL-1.0")},
        {QStringLiteral("Faiss"), QStringLiteral("MIT")},
        {QStringLiteral("SQLite"), QStringLiteral("public domain")},
        {QStringLiteral("nlohmann/json, {fmt}"), QStringLiteral("MIT")},
        {QStringLiteral("CLI11"), QStringLiteral("BSD-3-Clause")},
        {QStringLiteral("Inter"), QStringLiteral("OFL-1.1")},
    };
    QString text = QStringLiteral("<table cellspacing='0' cellpadding='2'>");
    for (const auto &[name, licence] : rows)
        text += QStringLiteral("<tr><td>%1</td><td>&nbsp;&nbsp;&nbsp;%2</td></tr>").arg(name, licence);
    return text + QStringLiteral("</table>");
}

} // namespace

AboutDialog::AboutDialog(QWidget *parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("aboutDialog"));
    setWindowTitle(tr("About Flukeprint"));
    auto *emblem = new QLabel(this);
    emblem->setObjectName(QStringLiteral("aboutEmblem"));
    emblem->setPixmap(applicationIcon().pixmap(QSize(72, 72), devicePixelRatioF()));
    emblem->setAlignment(Qt::AlignTop);
    auto *name = new QLabel(tr("Flukeprint %1").arg(QApplication::applicationVersion()), this);
    name->setObjectName(QStringLiteral("aboutName"));
    name->setProperty("role", "title");
    auto *text = new QLabel(tr("Identifies individual whales from photos of their flukes. It works offline; photos and decisions "
                               "stay on this computer.\n\nFree software under the GNU General Public License, version 3 or later. "
                               "It comes without warranty."),
                            this);
    text->setObjectName(QStringLiteral("aboutText"));
    text->setWordWrap(true);
    text->setFixedWidth(400);
    auto *made = new QLabel(tr("Made with"), this);
    made->setObjectName(QStringLiteral("aboutMadeWith"));
    made->setProperty("role", "cardTitle");
    auto *list = new QLabel(libraries(), this);
    list->setObjectName(QStringLiteral("aboutLibraries"));
    list->setProperty("role", "small");
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    nameButtons(buttons, QStringLiteral("about"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto *texts = new QVBoxLayout;
    texts->setSpacing(8);
    texts->addWidget(name);
    texts->addWidget(text);
    texts->addSpacing(8);
    texts->addWidget(made);
    texts->addWidget(list);
    texts->addSpacing(8);
    texts->addWidget(buttons);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(24, 24, 24, 16);
    layout->setSpacing(20);
    layout->addWidget(emblem, 0, Qt::AlignTop);
    layout->addLayout(texts);
}

} // namespace flukeprint::ui
