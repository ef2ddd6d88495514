#include "ui/dialogs/import_dialog.h"

#include "ui/dialogs/button_names.h"
#include "ui/dialogs/file_dialog.h"
#include "ui/text/format.h"
#include "ui/theme/role.h"
#include "ui/theme/theme.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

namespace {

constexpr int captionPx = 64;

enum class TableKind { None, Labels, Boxes };

TableKind kindOf(const QString &path)
{
    QFile file(path);
    if (!path.endsWith(QStringLiteral(".csv"), Qt::CaseInsensitive) || !file.open(QIODevice::ReadOnly))
        return TableKind::None;
    const QStringList columns = QString::fromUtf8(file.readLine(4096)).trimmed().toLower().split(QLatin1Char(','));
    if (!columns.contains(QStringLiteral("image")))
        return TableKind::None;
    if (columns.contains(QStringLiteral("x0_px")))
        return TableKind::Boxes;
    return columns.contains(QStringLiteral("id")) ? TableKind::Labels : TableKind::None;
}

std::filesystem::path toPath(const QString &text)
{
    return std::filesystem::path(text.toStdString());
}

void takeTable(workflows::ImportRequest &request, const QString &path)
{
    const TableKind kind = kindOf(path);
    if (kind == TableKind::Labels && request.labels.empty())
        request.labels = toPath(path);
    else if (kind == TableKind::Boxes && request.boxes.empty())
        request.boxes = toPath(path);
}

/// Tables lie in the folder of photos or beside it; only an unmistakable one is taken.
void lookForTables(workflows::ImportRequest &request, const QString &folder)
{
    for (const QString &place : {folder, QFileInfo(folder).absolutePath()}) {
        const QFileInfoList tables = QDir(place).entryInfoList({QStringLiteral("*.csv")}, QDir::Files, QDir::Name);
        for (const QString &wanted : {QStringLiteral("labels.csv"), QStringLiteral("train.csv"), QStringLiteral("boxes.csv")}) {
            for (const QFileInfo &table : tables) {
                if (table.fileName().compare(wanted, Qt::CaseInsensitive) == 0)
                    takeTable(request, table.absoluteFilePath());
            }
        }
    }
}

} // namespace

workflows::ImportRequest requestFor(const QStringList &paths)
{
    workflows::ImportRequest request;
    for (const QString &path : paths) {
        if (kindOf(path) != TableKind::None)
            takeTable(request, path);
        else
            request.paths.push_back(toPath(path));
    }
    if (request.paths.size() == 1 && QFileInfo(paths.front()).isDir())
        lookForTables(request, QFileInfo(paths.front()).absoluteFilePath());
    return request;
}

ImportDialog::ImportDialog(const QStringList &paths, QWidget *parent)
    : QDialog(parent)
    , m_request(requestFor(paths))
    , m_paths(paths)
{
    setObjectName(QStringLiteral("importDialog"));
    setWindowTitle(tr("Import Photos"));
    setMinimumWidth(560);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(8);
    const bool folder = paths.size() == 1 && QFileInfo(paths.front()).isDir();
    auto *what = new QLabel(folder ? pathText(paths.front()) : tr("%n photo(s)", nullptr, static_cast<int>(m_request.paths.size())), this);
    what->setObjectName(QStringLiteral("importWhat"));
    what->setProperty("role", "title");
    what->setWordWrap(true);
    layout->addWidget(what);
    auto *note = new QLabel(tr("Photos that the catalogue has already are recognised and not imported twice. Files that cannot be read "
                               "are left out and listed; the rest goes on."),
                            this);
    note->setObjectName(QStringLiteral("importNote"));
    note->setProperty("role", "secondary");
    note->setWordWrap(true);
    layout->addWidget(note);
    layout->addSpacing(8);
    m_labels = addTable(QStringLiteral("labelsTable"), tr("Labels"), tr("Table Image,Id (optional)"), m_request.labels);
    m_boxes = addTable(QStringLiteral("boxesTable"), tr("Boxes"), tr("Table Image,x0_px,y0_px,x1_px,y1_px (optional)"), m_request.boxes);
    m_copy = new QCheckBox(tr("Copy the photos into the catalogue"), this);
    m_copy->setObjectName(QStringLiteral("copyPhotos"));
    m_copy->setToolTip(tr("Otherwise they stay where they are, and are found again by their content if they are moved."));
    layout->addSpacing(4);
    layout->addWidget(m_copy);
    layout->addSpacing(12);
    auto *buttons = new QDialogButtonBox(this);
    QPushButton *import = buttons->addButton(tr("Import"), QDialogButtonBox::AcceptRole);
    import->setObjectName(QStringLiteral("importButton"));
    setRole(import, QStringLiteral("primary"));
    import->setDefault(true);
    buttons->addButton(QDialogButtonBox::Cancel);
    nameButtons(buttons, QStringLiteral("import"));
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(buttons);
    // Whoever wants another table types it, without having to take this one away first.
    m_labels->setFocus();
    m_labels->selectAll();
}

QLineEdit *ImportDialog::addTable(const QString &name, const QString &label, const QString &hint, const std::filesystem::path &file)
{
    auto *caption = new QLabel(label, this);
    caption->setObjectName(name + QStringLiteral("Caption"));
    caption->setMinimumWidth(captionPx);
    auto *edit = new QLineEdit(QString::fromStdString(file.string()), this);
    edit->setObjectName(name);
    edit->setPlaceholderText(hint);
    edit->setClearButtonEnabled(true);
    caption->setBuddy(edit);
    auto *browse = new QPushButton(tr("Choose\u2026"), this);
    browse->setObjectName(name + QStringLiteral("Choose"));
    connect(browse, &QPushButton::clicked, this, [this, edit] {
        const QStringList files = FileDialog::openFiles(this, tr("Choose a Table"), QFileInfo(edit->text()).absolutePath(), tr("Tables (*.csv)"));
        if (!files.isEmpty())
            edit->setText(files.front());
    });
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(caption);
    row->addWidget(edit, 1);
    row->addWidget(browse);
    static_cast<QVBoxLayout *>(layout())->addLayout(row);
    addFound(edit);
    return edit;
}

/// Nobody has asked for a table that merely lies near the photos: that it was taken, and from where, must be seen.
void ImportDialog::addFound(const QLineEdit *table)
{
    const QString file = table->text();
    if (file.isEmpty() || m_paths.contains(file))
        return;
    const bool isInside = QFileInfo(file).absolutePath() == QFileInfo(m_paths.front()).absoluteFilePath();
    const QString name = QFileInfo(file).fileName();
    auto *found = new QLabel(isInside ? tr("%1 was found in this folder. Clear it to leave it out.").arg(name)
                                      : tr("%1 was found beside this folder. Clear it to leave it out.").arg(name),
                             this);
    found->setObjectName(table->objectName() + QStringLiteral("Found"));
    found->setProperty("role", "attention");
    found->setWordWrap(true);
    found->setContentsMargins(captionPx + 8, 0, 0, 0);
    connect(table, &QLineEdit::textChanged, found, [found, file](const QString &text) { found->setVisible(text == file); });
    static_cast<QVBoxLayout *>(layout())->addWidget(found);
}

void ImportDialog::setCopy(bool copy)
{
    m_copy->setChecked(copy);
}

workflows::ImportRequest ImportDialog::request() const
{
    workflows::ImportRequest request = m_request;
    request.labels = toPath(m_labels->text().trimmed());
    request.boxes = toPath(m_boxes->text().trimmed());
    request.copy = m_copy->isChecked();
    return request;
}

} // namespace flukeprint::ui
