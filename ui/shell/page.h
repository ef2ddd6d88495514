#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"

#include <QHash>
#include <QList>
#include <QString>
#include <QWidget>

#include <functional>
#include <vector>

class QAction;

namespace flukeprint::workflows {
class CatalogueSession;
}

namespace flukeprint::ui {

class AsyncImageLoader;
class Settings;

/// The menus that pages add to.
enum class MenuPlace { Edit, View, Identify, Train };

/// What every page is given at construction; all of it outlives the page.
struct PageContext
{
    Settings *settings = nullptr;
    AsyncImageLoader *images = nullptr; ///< shared by all pages, so that a picture is decoded once
    /// The window's own actions by object name ("actionImportFolder"), for empty states; null for a name nobody has.
    std::function<QAction *(const QString &name)> action;
};

/// An edit that the decision log does not know (a box, an individual's name): the window undoes and redoes it in its place among
/// the decisions. The functions report their own errors and return false when nothing was changed.
struct LocalEdit
{
    QString text; ///< "move box": after "Undo"
    std::function<bool()> undo;
    std::function<bool()> redo;
};

/// One entry of the left rail. The window makes it once, shows it when its rail button is pressed, and gives it the session of the
/// open catalogue. Pages know each other only through the requests below.
class Page : public QWidget
{
    Q_OBJECT
public:
    /// `name` is the object name ("catalogue"), also of the rail button ("rail_catalogue") and in the settings.
    Page(const QString &name, const QString &title, const QString &iconName, QWidget *parent = nullptr);

    [[nodiscard]] const QString &title() const { return m_title; }
    [[nodiscard]] const QString &iconName() const { return m_iconName; }
    /// Shown on the rail; 0: none.
    [[nodiscard]] int badge() const { return m_badge; }

    /// Null when the catalogue is closed; drop everything of the old session before returning. Called before the first show too.
    virtual void setSession(workflows::CatalogueSession *session) = 0;
    /// The page came to the front or went to the back.
    virtual void activated() { }
    virtual void deactivated() { }
    /// A person has changed preferences; those that are asked for when they are needed take care of themselves.
    virtual void settingsChanged() { }
    /// Actions for the window's menus, in order; an action whose isSeparator() is true makes a line. Made once, at construction.
    [[nodiscard]] virtual QList<QAction *> menuActions(MenuPlace place) const
    {
        Q_UNUSED(place)
        return {};
    }

    /// The other pages' requests; the window brings this page to the front first.
    virtual void showAnnotations(const std::vector<AnnotationId> &annotations) { Q_UNUSED(annotations) }
    virtual void showIndividual(IndividualId individual) { Q_UNUSED(individual) }

    /// True if the page took care of it (Review goes back to the photo concerned); else the window undoes the newest edit.
    virtual bool undo() { return false; }
    virtual bool redo() { return false; }

Q_SIGNALS:
    void badgeChanged(int count);
    /// Says at the lower edge what happened; `undoable` offers Undo beside it.
    void notice(const QString &text, bool undoable);
    /// A modal message; `title` says what was tried.
    void failure(const QString &title, const flukeprint::Error &error);
    void edited(const flukeprint::ui::LocalEdit &edit);
    /// Brings another page to the front with these.
    void annotationsRequested(const QString &page, const std::vector<flukeprint::AnnotationId> &annotations);
    void individualRequested(const QString &page, flukeprint::IndividualId individual);

    /// The user's word that this model shall serve; the window sees to it (CatalogueTasks::promote).
    void promoteRequested(flukeprint::ModelId model);
    /// Candidates of everything that waits for an identity shall be up to date; CatalogueSession::candidatesStored follows if some were
    /// not.
    void candidatesRequested();

protected:
    void setBadge(int count);

private:
    QString m_title;
    QString m_iconName;
    int m_badge = 0;
};

using PageFactory = std::function<Page *(const PageContext &context)>;

} // namespace flukeprint::ui
