#include "ui/training/setting_form.h"

#include "ui/text/training_text.h"
#include "ui/theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace flukeprint::ui {

namespace {

using protocol::SettingSpec;
using protocol::SettingType;

/// Shows 0.001 and 0.00001 alike without trailing zeros.
class RealSpinBox : public QDoubleSpinBox
{
public:
    using QDoubleSpinBox::QDoubleSpinBox;
    [[nodiscard]] QString textFromValue(double value) const override { return locale().toString(value, 'g', 6); }
};

QFormLayout *makeFormLayout(QWidget *parent)
{
    auto *layout = new QFormLayout(parent);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setHorizontalSpacing(Sizes::gap);
    layout->setVerticalSpacing(8);
    layout->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    layout->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    return layout;
}

std::string textOf(const QWidget *field)
{
    if (const auto *choice = qobject_cast<const QComboBox *>(field))
        return choice->currentData().toString().toStdString();
    if (const auto *check = qobject_cast<const QCheckBox *>(field))
        return check->isChecked() ? "true" : "false";
    if (const auto *whole = qobject_cast<const QSpinBox *>(field))
        return std::to_string(whole->value());
    if (const auto *real = qobject_cast<const QDoubleSpinBox *>(field))
        return QString::number(real->value(), 'g', 10).toStdString();
    return {};
}

void setTextOf(QWidget *field, const QString &text)
{
    if (auto *choice = qobject_cast<QComboBox *>(field))
        choice->setCurrentIndex(choice->findData(text));
    else if (auto *check = qobject_cast<QCheckBox *>(field))
        check->setChecked(text == QLatin1String("true"));
    else if (auto *whole = qobject_cast<QSpinBox *>(field))
        whole->setValue(text.toInt());
    else if (auto *real = qobject_cast<QDoubleSpinBox *>(field))
        real->setValue(text.toDouble());
}

} // namespace

SettingForm::SettingForm(QWidget *parent)
    : QWidget(parent)
    , m_preset(new QComboBox(this))
    , m_device(new QComboBox(this))
    , m_fromScratch(new QCheckBox(tr("start from random weights"), this))
    , m_basic(new QWidget(this))
    , m_advanced(new QWidget(this))
    , m_basicLayout(makeFormLayout(m_basic))
    , m_advancedLayout(makeFormLayout(m_advanced))
    , m_more(new QPushButton(tr("More settings"), this))
    , m_explanation(new QLabel(this))
{
    setObjectName(QStringLiteral("settingForm"));
    m_basic->setObjectName(QStringLiteral("basicSettings"));
    m_advanced->setObjectName(QStringLiteral("advancedSettings"));
    m_preset->setObjectName(QStringLiteral("presetChoice"));
    for (const protocol::PresetSpec &preset : protocol::presets())
        m_preset->addItem(QString::fromStdString(preset.name), QString::fromStdString(preset.name));
    m_device->setObjectName(QStringLiteral("deviceChoice"));
    m_device->addItem(tr("automatic"), static_cast<int>(protocol::Device::Auto));
    m_device->addItem(tr("processor"), static_cast<int>(protocol::Device::Cpu));
    m_device->addItem(tr("NVIDIA GPU"), static_cast<int>(protocol::Device::Cuda));
    m_device->setToolTip(tr("Automatic takes the GPU where there is one."));
    m_fromScratch->setObjectName(QStringLiteral("fromScratch"));
    m_fromScratch->setToolTip(tr("Otherwise training goes on from the model in use, which needs far fewer photos."));
    m_more->setObjectName(QStringLiteral("moreSettings"));
    m_more->setProperty("role", "flat");
    m_more->setCheckable(true);
    m_explanation->setObjectName(QStringLiteral("settingExplanation"));
    m_explanation->setProperty("role", "small");
    m_explanation->setWordWrap(true);
    m_explanation->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_explanation->setMinimumHeight(m_explanation->fontMetrics().lineSpacing() * 3);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::gap, 10, Sizes::gap, 4);
    layout->setSpacing(8);
    layout->addWidget(m_basic);
    layout->addWidget(m_more, 0, Qt::AlignLeft);
    layout->addWidget(m_advanced);
    layout->addWidget(m_explanation);
    connect(m_preset, &QComboBox::currentIndexChanged, this, &SettingForm::rebuild);
    connect(m_more, &QPushButton::toggled, this, &SettingForm::showMore);
    rebuild();
    showMore(false);
}

void SettingForm::setDevice(protocol::Device device)
{
    m_device->setCurrentIndex(m_device->findData(static_cast<int>(device)));
}

std::string SettingForm::preset() const { return m_preset->currentData().toString().toStdString(); }

workflows::TrainingRequest SettingForm::request() const
{
    workflows::TrainingRequest request;
    request.preset = preset();
    request.device = static_cast<protocol::Device>(m_device->currentData().toInt());
    request.fromScratch = m_fromScratch->isChecked();
    const auto spec = protocol::findPreset(request.preset);
    if (!spec)
        return request;
    for (const SettingSpec &setting : spec->settings) {
        const std::string text = value(setting.key);
        const bool number = setting.type == SettingType::Integer || setting.type == SettingType::Real;
        const bool same = number ? std::stod(text) == std::stod(setting.defaultValue) : text == setting.defaultValue;
        if (!same)
            request.settings[setting.key] = text;
    }
    return request;
}

std::string SettingForm::value(const std::string &key) const
{
    const auto found = m_fields.find(key);
    return found == m_fields.end() ? std::string() : textOf(found->second);
}

void SettingForm::setValue(const std::string &key, const std::string &value)
{
    const auto found = m_fields.find(key);
    if (found != m_fields.end() && protocol::resolve(preset(), {{key, value}}))
        setTextOf(found->second, QString::fromStdString(value));
}

void SettingForm::rebuild()
{
    for (QFormLayout *layout : {m_basicLayout, m_advancedLayout}) {
        while (layout->rowCount() > 0) {
            const QFormLayout::TakeRowResult row = layout->takeRow(0);
            QWidget *field = row.fieldItem ? row.fieldItem->widget() : nullptr;
            if (field && field != m_preset && field != m_device && field != m_fromScratch)
                delete field;
            if (row.labelItem)
                delete row.labelItem->widget();
            delete row.labelItem;
            delete row.fieldItem;
        }
    }
    m_fields.clear();
    const auto spec = protocol::findPreset(preset());
    addPlainRow(tr("preset"), m_preset);
    if (spec) {
        for (const SettingSpec &setting : spec->settings)
            addRow(setting);
    }
    addPlainRow(tr("device"), m_device);
    m_advancedLayout->insertRow(0, m_fromScratch);
    m_presetText = presetDescription(preset());
    m_explanation->setText(m_presetText);
    Q_EMIT changed();
}

void SettingForm::addPlainRow(const QString &text, QWidget *field)
{
    auto *label = new QLabel(text, this);
    label->setObjectName(QStringLiteral("caption_") + field->objectName());
    label->setProperty("role", "secondary");
    label->setBuddy(field);
    m_basicLayout->addRow(label, field);
}

void SettingForm::addRow(const SettingSpec &setting)
{
    QWidget *field = makeField(setting);
    field->setObjectName(QStringLiteral("setting_") + QString::fromStdString(setting.key));
    const QString bounds = settingBounds(setting);
    const QString explanation = settingExplanation(setting.key);
    field->setToolTip(bounds.isEmpty() ? explanation : explanation + QLatin1Char('\n') + bounds);
    field->installEventFilter(this);
    // A form is scrolled past with the wheel: only a field in use may take it.
    field->setFocusPolicy(Qt::StrongFocus);
    m_fields[setting.key] = field;
    QFormLayout *layout = setting.advanced ? m_advancedLayout : m_basicLayout;
    if (setting.type == SettingType::Boolean) {
        layout->addRow(field);
        return;
    }
    auto *label = new QLabel(settingLabel(setting.key), this);
    label->setObjectName(QStringLiteral("caption_") + field->objectName());
    label->setProperty("role", "secondary");
    label->setToolTip(field->toolTip());
    label->setBuddy(field);
    layout->addRow(label, setting.key == "augmentation" ? withPreview(field) : field);
}

QWidget *SettingForm::withPreview(QWidget *field)
{
    auto *row = new QWidget(this);
    row->setObjectName(QStringLiteral("augmentationRow"));
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    auto *button = new QPushButton(tr("Preview"), row);
    button->setObjectName(QStringLiteral("previewAugmentation"));
    button->setProperty("role", "flat");
    button->setToolTip(tr("Shows some of your own photos as training would see them"));
    connect(button, &QPushButton::clicked, this, &SettingForm::previewRequested);
    layout->addWidget(field, 1);
    layout->addWidget(button);
    return row;
}

QWidget *SettingForm::makeField(const SettingSpec &setting)
{
    if (setting.type == SettingType::Boolean) {
        auto *box = new QCheckBox(settingLabel(setting.key), this);
        box->setChecked(setting.defaultValue == "true");
        connect(box, &QCheckBox::toggled, this, &SettingForm::changed);
        return box;
    }
    if (setting.type == SettingType::Choice) {
        auto *box = new QComboBox(this);
        for (const std::string &choice : setting.choices)
            box->addItem(choiceLabel(setting.key, choice), QString::fromStdString(choice));
        box->setCurrentIndex(box->findData(QString::fromStdString(setting.defaultValue)));
        connect(box, &QComboBox::currentIndexChanged, this, &SettingForm::changed);
        return box;
    }
    return makeNumberField(setting);
}

QWidget *SettingForm::makeNumberField(const SettingSpec &setting)
{
    const QString initial = QString::fromStdString(setting.defaultValue);
    if (setting.type == SettingType::Integer && setting.maximum <= std::numeric_limits<int>::max()) {
        auto *box = new QSpinBox(this);
        box->setRange(static_cast<int>(setting.minimum), static_cast<int>(setting.maximum));
        box->setValue(initial.toInt());
        connect(box, &QSpinBox::valueChanged, this, &SettingForm::changed);
        return box;
    }
    auto *box = new RealSpinBox(this);
    box->setDecimals(setting.type == SettingType::Integer ? 0 : 8);
    box->setRange(setting.minimum, setting.maximum);
    box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    box->setValue(initial.toDouble());
    connect(box, &QDoubleSpinBox::valueChanged, this, &SettingForm::changed);
    return box;
}

void SettingForm::showMore(bool more)
{
    m_advanced->setVisible(more);
    m_more->setText(more ? tr("Fewer settings") : tr("More settings"));
}

bool SettingForm::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Enter || event->type() == QEvent::FocusIn)
        m_explanation->setText(static_cast<QWidget *>(watched)->toolTip());
    else if (event->type() == QEvent::Leave || event->type() == QEvent::FocusOut)
        m_explanation->setText(m_presetText);
    else if (event->type() == QEvent::Wheel && !static_cast<QWidget *>(watched)->hasFocus()) {
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace flukeprint::ui
