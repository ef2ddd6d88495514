#pragma once

#include <QObject>

class QAction;
class QActionGroup;
class QMainWindow;

namespace flukeprint::ui {

/// The window's own actions. Names are those of the objects: m_actions.importFolder is "actionImportFolder".
struct ShellActions
{
    explicit ShellActions(QMainWindow *window);

    QAction *newCatalogue;
    QAction *openCatalogue;
    QAction *openDemo;
    QAction *closeCatalogue;
    QAction *importPhotos;
    QAction *importFolder;
    QAction *continueImport;
    QAction *importReport;
    QAction *backUp;
    QAction *verify;
    QAction *importModel;
    QAction *exportModel;
    QAction *mineTriplets;
    QAction *quit;
    QAction *undo;
    QAction *redo;
    QAction *partEncounters;
    QAction *preferences;
    QAction *themeSystem;
    QAction *themeDark;
    QAction *themeLight;
    QAction *fullScreen;
    QAction *keys;
    QAction *about;

    /// Those that need an open catalogue, and those that also need one that can be written.
    [[nodiscard]] QList<QAction *> needingCatalogue() const;
    [[nodiscard]] QList<QAction *> needingWritable() const;
};

} // namespace flukeprint::ui
