#include "app/cli/preset_list.h"

#include "app/cli/text.h"
#include "core/protocol/presets.h"

#include <QStringList>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

const char *typeName(protocol::SettingType type)
{
    switch (type) {
    case protocol::SettingType::Integer:
        return "integer";
    case protocol::SettingType::Real:
        return "real";
    case protocol::SettingType::Boolean:
        return "boolean";
    case protocol::SettingType::Choice:
        break;
    }
    return "choice";
}

bool isNumber(protocol::SettingType type)
{
    return type == protocol::SettingType::Integer || type == protocol::SettingType::Real;
}

Json settingJson(const protocol::SettingSpec &setting)
{
    Json json = {{"key", setting.key}, {"type", typeName(setting.type)}, {"default", setting.defaultValue}};
    if (isNumber(setting.type)) {
        json["minimum"] = setting.minimum;
        json["maximum"] = setting.maximum;
    }
    if (setting.type == protocol::SettingType::Choice)
        json["choices"] = setting.choices;
    return json;
}

QString allowedText(const protocol::SettingSpec &setting)
{
    if (isNumber(setting.type))
        return u"%1 .. %2"_s.arg(setting.minimum, 0, 'g', 12).arg(setting.maximum, 0, 'g', 12);
    QStringList choices;
    for (const std::string &choice : setting.choices)
        choices.append(QString::fromStdString(choice));
    return setting.type == protocol::SettingType::Boolean ? u"true, false"_s : choices.join(u", "_s);
}

} // namespace

Answer listPresets()
{
    Answer answer;
    Json list = Json::array();
    QStringList texts;
    for (const protocol::PresetSpec &preset : protocol::presets()) {
        Json settings = Json::array();
        QList<QStringList> rows;
        for (const protocol::SettingSpec &setting : preset.settings) {
            settings.push_back(settingJson(setting));
            rows.append({u"  "_s + QString::fromStdString(setting.key), QString::fromStdString(setting.defaultValue),
                         allowedText(setting)});
        }
        list.push_back({{"name", preset.name},
                        {"network", preset.network},
                        {"input_width", preset.inputWidthPx},
                        {"input_height", preset.inputHeightPx},
                        {"settings", settings}});
        texts.append(
            u"%1: %2, %3 x %4\n"_s.arg(QString::fromStdString(preset.name), QString::fromStdString(preset.network))
                .arg(preset.inputWidthPx)
                .arg(preset.inputHeightPx)
            + textTable({tr("  setting"), tr("default"), tr("allowed")}, rows));
    }
    answer.json = {{"presets", list}};
    answer.text = texts.join(u"\n\n"_s);
    return answer;
}

} // namespace flukeprint::cli
