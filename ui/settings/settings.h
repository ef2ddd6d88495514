#pragma once

#include "ui/theme/theme.h"

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QVariant>

#include <memory>

class QSettings;

namespace flukeprint::ui {

/// Every setting the window keeps; ui/settings/settings.cpp holds one table of key and default.
enum class SettingKey {
    WindowGeometry,
    WindowState,
    Page,
    Theme,
    RecentCatalogues,
    LastCatalogue,
    LastFolder, ///< of photos that were imported
    CatalogueFolder,
    BackupFolder,
    ExportFolder,
    ModelFolder,
    CopyPhotos,
    ThumbnailSize,
    CatalogueSplitter,
    IndividualsSplitter,
    CatalogueSort,
    IndividualsSort,
    UserName,
    ReviewGoesOn,
    TrainingDevice,
    TrainingThreads,
};

/// The window's memory between starts. In the user's configuration, or in the file named by the environment variable
/// FLUKEPRINT_SETTINGS or by the constructor (tests). GUI thread only.
class Settings
{
public:
    explicit Settings(const QString &file = {});
    ~Settings();
    Settings(const Settings &) = delete;
    Settings &operator=(const Settings &) = delete;

    [[nodiscard]] QVariant value(SettingKey key) const;
    void setValue(SettingKey key, const QVariant &value);
    /// For states of widgets that a page names itself ("reviewSplitter").
    [[nodiscard]] QByteArray widgetState(const QString &name) const;
    void setWidgetState(const QString &name, const QByteArray &state);

    /// Where a file chooser of this purpose starts: the folder it was last used for, while that is there; else the documents, or home.
    [[nodiscard]] QString folder(SettingKey purpose) const;

    [[nodiscard]] ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);
    /// Newest first, at most ten, without those that are gone.
    [[nodiscard]] QStringList recentCatalogues() const;
    void addRecentCatalogue(const QString &folder);
    void clearRecentCatalogues();
    void sync();

private:
    std::unique_ptr<QSettings> m_settings;
};

} // namespace flukeprint::ui
