#include "ui/dialogs/preferences_dialog.h"

#include "ui/dialogs/button_names.h"
#include "ui/settings/settings.h"
#include "ui/theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QThread>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

namespace {

QLabel *captionFor(const QString &text, QWidget *field, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setObjectName(field->objectName() + QStringLiteral("Caption"));
    label->setProperty("role", "secondary");
    label->setMinimumWidth(120);
    label->setBuddy(field);
    return label;
}

} // namespace

PreferencesDialog::PreferencesDialog(Settings &settings, Theme &theme, const QString &currentUser, QWidget *parent)
    : QDialog(parent)
    , m_settings(settings)
    , m_theme(theme)
{
    setObjectName(QStringLiteral("preferencesDialog"));
    setWindowTitle(tr("Preferences"));
    setMinimumWidth(480);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 16);
    layout->setSpacing(16);
    m_groups = new QVBoxLayout;
    m_groups->setSpacing(20);
    layout->addLayout(m_groups);
    buildAppearance();
    buildPerson(currentUser);
    buildReview();
    buildImport();
    buildTraining();
    buildRecent();
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    nameButtons(buttons, QStringLiteral("preferences"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addStretch();
    layout->addWidget(buttons);
}

QFormLayout *PreferencesDialog::addGroup(const QString &title)
{
    auto *group = new QVBoxLayout;
    group->setSpacing(8);
    auto *caption = new QLabel(title, this);
    caption->setObjectName(QStringLiteral("preferenceGroup%1").arg(m_groups->count() + 1));
    caption->setProperty("role", "cardTitle");
    group->addWidget(caption);
    auto *form = new QFormLayout;
    form->setHorizontalSpacing(Sizes::gap);
    form->setVerticalSpacing(8);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    group->addLayout(form);
    m_groups->addLayout(group);
    return form;
}

void PreferencesDialog::addHint(QFormLayout *form, const QString &text)
{
    auto *hint = new QLabel(text, this);
    hint->setObjectName(QStringLiteral("preferenceGroup%1Hint%2").arg(m_groups->count()).arg(form->rowCount()));
    hint->setProperty("role", "small");
    form->addRow(hint);
}

QCheckBox *PreferencesDialog::addSwitch(QFormLayout *form, const char *name, const QString &text, bool on)
{
    auto *box = new QCheckBox(text, this);
    box->setObjectName(QString::fromLatin1(name));
    box->setChecked(on);
    form->addRow(box);
    return box;
}

void PreferencesDialog::buildAppearance()
{
    QFormLayout *form = addGroup(tr("Appearance"));
    auto *colours = new QComboBox(this);
    colours->setObjectName(QStringLiteral("preferenceTheme"));
    for (const auto &[choice, name] : {std::pair(ThemeChoice::System, tr("as the system")), std::pair(ThemeChoice::Dark, tr("dark")),
                                       std::pair(ThemeChoice::Light, tr("light"))})
        colours->addItem(name, static_cast<int>(choice));
    colours->setCurrentIndex(colours->findData(static_cast<int>(m_theme.choice())));
    connect(colours, &QComboBox::currentIndexChanged, this, [this, colours] {
        const auto choice = static_cast<ThemeChoice>(colours->currentData().toInt());
        m_settings.setTheme(choice);
        m_theme.setChoice(choice);
        Q_EMIT changed();
    });
    form->addRow(captionFor(tr("Colours"), colours, this), colours);
}

void PreferencesDialog::buildPerson(const QString &currentUser)
{
    QFormLayout *form = addGroup(tr("You"));
    auto *name = new QLineEdit(m_settings.value(SettingKey::UserName).toString(), this);
    name->setObjectName(QStringLiteral("preferenceUser"));
    name->setPlaceholderText(currentUser);
    name->setMaxLength(100);
    connect(name, &QLineEdit::textEdited, this, [this](const QString &text) {
        m_settings.setValue(SettingKey::UserName, text.trimmed());
        Q_EMIT changed();
    });
    form->addRow(captionFor(tr("Name"), name, this), name);
    addHint(form, tr("Stands beside every decision you make from now on."));
}

void PreferencesDialog::buildReview()
{
    QFormLayout *form = addGroup(tr("Review"));
    const QCheckBox *goesOn = addSwitch(form, "preferenceGoesOn", tr("Go on to the next photo after a decision"),
                                        m_settings.value(SettingKey::ReviewGoesOn).toBool());
    connect(goesOn, &QCheckBox::toggled, this, [this](bool on) {
        m_settings.setValue(SettingKey::ReviewGoesOn, on);
        Q_EMIT changed();
    });
}

void PreferencesDialog::buildImport()
{
    QFormLayout *form = addGroup(tr("Import"));
    const QCheckBox *copy =
        addSwitch(form, "preferenceCopy", tr("Copy photos into the catalogue"), m_settings.value(SettingKey::CopyPhotos).toBool());
    connect(copy, &QCheckBox::toggled, this, [this](bool on) {
        m_settings.setValue(SettingKey::CopyPhotos, on);
        Q_EMIT changed();
    });
    addHint(form, tr("Otherwise they stay where they are. Each import asks again."));
}

void PreferencesDialog::buildTraining()
{
    QFormLayout *form = addGroup(tr("Training"));
    auto *device = new QComboBox(this);
    device->setObjectName(QStringLiteral("preferenceDevice"));
    device->addItem(tr("automatic"), QStringLiteral("auto"));
    device->addItem(tr("processor"), QStringLiteral("cpu"));
    device->addItem(tr("NVIDIA GPU"), QStringLiteral("cuda"));
    device->setCurrentIndex(std::max(0, device->findData(m_settings.value(SettingKey::TrainingDevice).toString())));
    connect(device, &QComboBox::currentIndexChanged, this, [this, device] {
        m_settings.setValue(SettingKey::TrainingDevice, device->currentData());
        Q_EMIT changed();
    });
    form->addRow(captionFor(tr("Device"), device, this), device);
    auto *threads = new QSpinBox(this);
    threads->setObjectName(QStringLiteral("preferenceThreads"));
    threads->setRange(0, std::max(1, QThread::idealThreadCount()));
    threads->setSpecialValueText(tr("all"));
    threads->setValue(m_settings.value(SettingKey::TrainingThreads).toInt());
    connect(threads, &QSpinBox::valueChanged, this, [this](int count) {
        m_settings.setValue(SettingKey::TrainingThreads, count);
        Q_EMIT changed();
    });
    form->addRow(captionFor(tr("Processor cores"), threads, this), threads);
    addHint(form, tr("What new runs begin with. Fewer cores leave some for other work."));
}

void PreferencesDialog::buildRecent()
{
    QFormLayout *form = addGroup(tr("Recent catalogues"));
    auto *count = new QLabel(this);
    count->setObjectName(QStringLiteral("preferenceRecentCount"));
    count->setProperty("role", "secondary");
    auto *clear = new QPushButton(tr("Forget Them"), this);
    clear->setObjectName(QStringLiteral("preferenceClearRecent"));
    clear->setAutoDefault(false);
    const auto show = [this, count, clear] {
        const auto known = static_cast<int>(m_settings.recentCatalogues().size());
        count->setText(known > 0 ? tr("%n in the list", nullptr, known) : tr("None in the list"));
        clear->setEnabled(known > 0);
    };
    show();
    connect(clear, &QPushButton::clicked, this, [this, show] {
        m_settings.clearRecentCatalogues();
        show();
        Q_EMIT changed();
    });
    auto *row = new QHBoxLayout;
    row->addWidget(count, 1);
    row->addWidget(clear);
    form->addRow(row);
}

} // namespace flukeprint::ui
