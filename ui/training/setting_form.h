#pragma once

#include "core/protocol/presets.h"
#include "core/workflows/training/training_request.h"

#include <QWidget>

#include <map>
#include <string>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QPushButton;

namespace flukeprint::ui {

/// Chooses a preset and changes its settings within their bounds; every field explains itself in its tool tip and, while it has the
/// focus or the pointer, by `explained`. Object names: "setting_KEY", "presetChoice", "presetText", "deviceChoice".
class SettingForm : public QWidget
{
    Q_OBJECT

public:
    explicit SettingForm(QWidget *parent = nullptr);

    /// Only what differs from the preset is named.
    [[nodiscard]] workflows::TrainingRequest request() const;
    [[nodiscard]] std::string preset() const;
    void setDevice(protocol::Device device);
    /// The value of a setting as it stands in the form; empty for a key that the preset does not have.
    [[nodiscard]] std::string value(const std::string &key) const;
    /// Puts a value into the form; ignored where the preset has no such key or the value is out of bounds.
    void setValue(const std::string &key, const std::string &value);

Q_SIGNALS:
    void changed();
    /// What the field in use is for; empty: no field is in use.
    void explained(const QString &text);
    /// What became of a number that was out of bounds.
    void corrected(const QString &text);
    /// What does this alteration of photos look like? "previewAugmentation" is the button's object name.
    void previewRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void rebuild();
    QWidget *makeField(const protocol::SettingSpec &setting);
    QWidget *makeNumberField(const protocol::SettingSpec &setting);
    void addPreviewRow(QFormLayout *layout);
    void addPlainRow(const QString &text, QWidget *field);
    void addRow(const protocol::SettingSpec &setting);
    QLabel *makeCaption(const QString &text, QWidget *field);
    void showMore(bool more);

    QComboBox *m_preset = nullptr;
    QComboBox *m_device = nullptr;
    QCheckBox *m_fromScratch = nullptr;
    QCheckBox *m_unidentifiedAreNew = nullptr;
    QWidget *m_basic = nullptr;
    QWidget *m_advanced = nullptr;
    QFormLayout *m_basicLayout = nullptr;
    QFormLayout *m_advancedLayout = nullptr;
    QPushButton *m_more = nullptr;
    QLabel *m_presetText = nullptr;
    std::map<std::string, QWidget *> m_fields;
};

} // namespace flukeprint::ui
