#include "ui/settings/settings.h"

#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>

#include <array>

namespace flukeprint::ui {

namespace {

struct Row
{
    SettingKey key;
    const char *name;
    QVariant fallback;
};

const std::array<Row, 21> &table()
{
    static const std::array<Row, 21> rows {{
        {SettingKey::WindowGeometry, "window/geometry", {}},
        {SettingKey::WindowState, "window/state", {}},
        {SettingKey::Page, "window/page", QString()},
        {SettingKey::Theme, "window/theme", QStringLiteral("system")},
        {SettingKey::RecentCatalogues, "catalogues/recent", QStringList()},
        {SettingKey::LastCatalogue, "catalogues/last", QString()},
        {SettingKey::LastFolder, "files/lastFolder", QString()},
        {SettingKey::CatalogueFolder, "files/catalogueFolder", QString()},
        {SettingKey::BackupFolder, "files/backupFolder", QString()},
        {SettingKey::ExportFolder, "files/exportFolder", QString()},
        {SettingKey::ModelFolder, "files/modelFolder", QString()},
        {SettingKey::CopyPhotos, "import/copyPhotos", false},
        {SettingKey::ThumbnailSize, "catalogue/thumbnailSize", 1},
        {SettingKey::CatalogueSplitter, "catalogue/splitter", {}},
        {SettingKey::IndividualsSplitter, "individuals/splitter", {}},
        {SettingKey::CatalogueSort, "catalogue/sort", 0},
        {SettingKey::IndividualsSort, "individuals/sort", 0},
        {SettingKey::UserName, "user/name", QString()},
        {SettingKey::ReviewGoesOn, "review/goesOn", true},
        {SettingKey::TrainingDevice, "training/device", QStringLiteral("auto")},
        {SettingKey::TrainingThreads, "training/threads", 0},
    }};
    return rows;
}

const Row &row(SettingKey key)
{
    return table().at(static_cast<std::size_t>(key));
}

QString settingsFile(const QString &file)
{
    return file.isEmpty() ? qEnvironmentVariable("FLUKEPRINT_SETTINGS") : file;
}

} // namespace

Settings::Settings(const QString &file)
{
    const QString path = settingsFile(file);
    m_settings = path.isEmpty()
        ? std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("flukeprint"), QStringLiteral("flukeprint"))
        : std::make_unique<QSettings>(path, QSettings::IniFormat);
}

Settings::~Settings() = default;

QVariant Settings::value(SettingKey key) const
{
    return m_settings->value(QLatin1String(row(key).name), row(key).fallback);
}

void Settings::setValue(SettingKey key, const QVariant &value)
{
    m_settings->setValue(QLatin1String(row(key).name), value);
}

QByteArray Settings::widgetState(const QString &name) const
{
    return m_settings->value(QStringLiteral("widgets/") + name).toByteArray();
}

void Settings::setWidgetState(const QString &name, const QByteArray &state)
{
    m_settings->setValue(QStringLiteral("widgets/") + name, state);
}

QString Settings::folder(SettingKey purpose) const
{
    const QString last = value(purpose).toString();
    if (!last.isEmpty() && QFileInfo(last).isDir())
        return last;
    const QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    return QFileInfo(documents).isDir() ? documents : QDir::homePath();
}

ThemeChoice Settings::theme() const
{
    const QString name = value(SettingKey::Theme).toString();
    if (name == QLatin1String("dark"))
        return ThemeChoice::Dark;
    return name == QLatin1String("light") ? ThemeChoice::Light : ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice choice)
{
    const char *name = choice == ThemeChoice::Dark ? "dark" : choice == ThemeChoice::Light ? "light" : "system";
    setValue(SettingKey::Theme, QString::fromLatin1(name));
}

QStringList Settings::recentCatalogues() const
{
    QStringList folders;
    for (const QString &folder : value(SettingKey::RecentCatalogues).toStringList()) {
        if (QFileInfo::exists(folder))
            folders << folder;
    }
    return folders;
}

void Settings::addRecentCatalogue(const QString &folder)
{
    QStringList folders = value(SettingKey::RecentCatalogues).toStringList();
    const QString clean = QDir::cleanPath(QFileInfo(folder).absoluteFilePath());
    folders.removeAll(clean);
    folders.prepend(clean);
    setValue(SettingKey::RecentCatalogues, QStringList(folders.mid(0, 10)));
    setValue(SettingKey::LastCatalogue, clean);
}

void Settings::clearRecentCatalogues()
{
    setValue(SettingKey::RecentCatalogues, QStringList());
}

void Settings::sync()
{
    m_settings->sync();
}

} // namespace flukeprint::ui
