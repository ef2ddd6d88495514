#include "ui/training/setting_form.h"

#include "ui/text/training_text.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/training/setting_fields.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace flukeprint::ui {

namespace {

using protocol::SettingSpec;
using protocol::SettingType;

/// One width for the captions of both parts, so that all fields begin at the same place; longer ones take two lines.
constexpr int captionPx = 132;
constexpr int narrowestFieldPx = 96;

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
    , m_preset(new ChoiceBox(this))
    , m_device(new ChoiceBox(this))
    , m_fromScratch(new QCheckBox(tr("start from random weights"), this))
    , m_unidentifiedAreNew(new QCheckBox(tr("unidentified photos are new animals"), this))
    , m_basic(new QWidget(this))
    , m_advanced(new QWidget(this))
    , m_basicLayout(makeFormLayout(m_basic))
    , m_advancedLayout(makeFormLayout(m_advanced))
    , m_more(new QPushButton(tr("More settings"), this))
    , m_presetText(new QLabel(this))
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
    m_unidentifiedAreNew->setObjectName(QStringLiteral("unidentifiedAreNew"));
    m_unidentifiedAreNew->setToolTip(
        tr("Only where somebody has looked at all of them and knew none: training then keeps them apart from everybody where the preset can, and "
           "some of them calibrate the probability of a new animal. A season that still waits for review is mostly known animals."));
    m_more->setObjectName(QStringLiteral("moreSettings"));
    m_more->setCheckable(true);
    m_presetText->setObjectName(QStringLiteral("presetText"));
    m_presetText->setProperty("role", "small");
    m_presetText->setWordWrap(true);
    for (QWidget *field : std::initializer_list<QWidget *>{m_preset, m_device, m_fromScratch, m_unidentifiedAreNew})
        field->installEventFilter(this);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::gap, 10, Sizes::gap, 4);
    layout->setSpacing(8);
    layout->addWidget(m_basic);
    layout->addWidget(m_more);
    layout->addWidget(m_advanced);
    layout->addStretch(1);
    connect(m_preset, &QComboBox::currentIndexChanged, this, &SettingForm::rebuild);
    connect(m_unidentifiedAreNew, &QCheckBox::toggled, this, &SettingForm::changed);
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
    if (m_unidentifiedAreNew->isChecked())
        request.unidentifiedAreNew = true;
    const auto spec = protocol::findPreset(request.preset);
    if (!spec)
        return request;
    // What is typed counts, also where its field has not been left yet.
    for (const auto &[key, field] : m_fields) {
        if (auto *number = qobject_cast<QAbstractSpinBox *>(field))
            number->interpretText();
    }
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
            const std::array<QWidget *, 5> kept{m_preset, m_presetText, m_device, m_fromScratch, m_unidentifiedAreNew};
            if (std::find(kept.begin(), kept.end(), field) == kept.end())
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
    m_basicLayout->addRow(m_presetText);
    m_presetText->setText(presetDescription(preset()));
    if (spec) {
        for (const SettingSpec &setting : spec->settings)
            addRow(setting);
    }
    addPlainRow(tr("device"), m_device);
    m_advancedLayout->insertRow(0, m_fromScratch);
    m_advancedLayout->insertRow(1, m_unidentifiedAreNew);
    Q_EMIT changed();
}

QLabel *SettingForm::makeCaption(const QString &text, QWidget *field)
{
    auto *label = new QLabel(text, this);
    label->setObjectName(QStringLiteral("caption_") + field->objectName());
    label->setProperty("role", "secondary");
    label->setToolTip(field->toolTip());
    label->setBuddy(field);
    label->setFixedWidth(captionPx);
    label->setWordWrap(true);
    return label;
}

void SettingForm::addPlainRow(const QString &text, QWidget *field)
{
    m_basicLayout->addRow(makeCaption(text, field), field);
}

void SettingForm::addRow(const SettingSpec &setting)
{
    QWidget *field = makeField(setting);
    field->setObjectName(QStringLiteral("setting_") + QString::fromStdString(setting.key));
    const QString bounds = settingBounds(setting);
    const QString explanation = settingExplanation(setting.key);
    field->setToolTip(bounds.isEmpty() ? explanation : explanation + QLatin1Char('\n') + bounds);
    field->installEventFilter(this);
    field->setFocusPolicy(Qt::StrongFocus);
    m_fields[setting.key] = field;
    QFormLayout *layout = setting.advanced ? m_advancedLayout : m_basicLayout;
    if (setting.type == SettingType::Boolean) {
        layout->addRow(field);
        return;
    }
    field->setMinimumWidth(narrowestFieldPx);
    layout->addRow(makeCaption(settingLabel(setting.key), field), field);
    if (setting.key == "augmentation")
        addPreviewRow(layout);
}

void SettingForm::addPreviewRow(QFormLayout *layout)
{
    auto *button = new QPushButton(tr("Preview\u2026"), this);
    button->setObjectName(QStringLiteral("previewAugmentation"));
    button->setToolTip(tr("Shows some of your own photos as training would see them"));
    connect(button, &QPushButton::clicked, this, &SettingForm::previewRequested);
    layout->setWidget(layout->rowCount(), QFormLayout::FieldRole, button);
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
        auto *box = new ChoiceBox(this);
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
    const QString zero = setting.minimum == 0 ? settingZeroText(setting.key) : QString();
    const auto corrected = [this, key = setting.key, bounds = settingBounds(setting)](const QString &typed, const QString &taken) {
        Q_EMIT this->corrected(tr("%1: %2 is out of bounds (%3), so it is %4 now.").arg(settingLabel(key), typed, bounds, taken));
    };
    if (setting.type == SettingType::Integer && setting.maximum <= std::numeric_limits<int>::max()) {
        auto *box = new WholeNumberBox(corrected, this);
        box->setSpecialValueText(zero);
        box->setRange(static_cast<int>(setting.minimum), static_cast<int>(setting.maximum));
        box->setValue(initial.toInt());
        connect(box, &QSpinBox::valueChanged, this, &SettingForm::changed);
        return box;
    }
    auto *box = new RealNumberBox(corrected, this);
    box->setSpecialValueText(zero);
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
    m_more->setIcon(icon(more ? QStringLiteral("chevron-up") : QStringLiteral("chevron-down"), IconTint::Secondary));
}

bool SettingForm::eventFilter(QObject *watched, QEvent *event)
{
    auto *field = static_cast<QWidget *>(watched);
    if (event->type() == QEvent::Enter || event->type() == QEvent::FocusIn) {
        Q_EMIT explained(field->toolTip());
        // "no limit" is no number that could be typed into: the first digit must replace it.
        auto *number = qobject_cast<QAbstractSpinBox *>(field);
        if (number && event->type() == QEvent::FocusIn && number->text() == number->specialValueText())
            QTimer::singleShot(0, number, &QAbstractSpinBox::selectAll);
    } else if (event->type() == QEvent::Leave || event->type() == QEvent::FocusOut) {
        const QWidget *used = event->type() == QEvent::Leave && isAncestorOf(focusWidget()) ? focusWidget() : nullptr;
        Q_EMIT explained(used && used->hasFocus() ? used->toolTip() : QString());
    } else if (event->type() == QEvent::Wheel && !field->hasFocus()) {
        // A form is scrolled past with the wheel: only a field in use may take it.
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace flukeprint::ui
