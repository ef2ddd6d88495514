#pragma once

#include <QDialog>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QVBoxLayout;

namespace flukeprint::ui {

class Settings;
class Theme;

/// The settings that a person may want to set once for good. Every change counts at once; there is nothing to confirm.
class PreferencesDialog : public QDialog
{
    Q_OBJECT
public:
    /// `settings` and `theme` must outlive the dialog. `currentUser` is the name that decisions carry while no other is given.
    PreferencesDialog(Settings &settings, Theme &theme, const QString &currentUser, QWidget *parent = nullptr);

Q_SIGNALS:
    /// Something has changed; it is in the settings already.
    void changed();

private:
    QFormLayout *addGroup(const QString &title);
    void addHint(QFormLayout *form, const QString &text);
    void buildAppearance();
    void buildPerson(const QString &currentUser);
    void buildReview();
    void buildImport();
    void buildTraining();
    void buildRecent();
    QCheckBox *addSwitch(QFormLayout *form, const char *name, const QString &text, bool on);

    Settings &m_settings;
    Theme &m_theme;
    QVBoxLayout *m_groups = nullptr;
};

} // namespace flukeprint::ui
