#include "core/protocol/presets.h"

#include <QtTest>

#include <set>

using namespace flukeprint;
using namespace flukeprint::protocol;

class TestPresets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyDefaultIsItselfAllowed();
    void defaultsOfThePresetAreComplete();
    void theRecipeThatTheDefaultBeganAsIsAPreset();
    void overridesReplaceDefaultsAndKeepTheRest();
    void booleansAreReadInTheUsualSpellings();
    void unknownPresetAndSettingAreNamed();
    void valuesOutOfBoundsAreRefused_data();
    void valuesOutOfBoundsAreRefused();
    void marginsMayNotCross();
};

void TestPresets::everyDefaultIsItselfAllowed()
{
    QVERIFY(!presets().empty());
    for (const PresetSpec &preset : presets()) {
        std::set<std::string> keys;
        for (const SettingSpec &setting : preset.settings) {
            QVERIFY2(keys.insert(setting.key).second, setting.key.c_str());
            const auto config = resolve(preset.name, {{setting.key, setting.defaultValue}});
            QVERIFY2(config.ok(), setting.key.c_str());
        }
    }
}

void TestPresets::defaultsOfThePresetAreComplete()
{
    const auto preset = findPreset("flukeprint");
    QVERIFY(preset.ok());
    const auto config = resolve("flukeprint", {});
    QVERIFY(config.ok());
    QCOMPARE(config->values.size(), preset->settings.size());
    QCOMPARE(QString::fromStdString(config->text("network")), QString::fromStdString(preset->network));
    QCOMPARE(config->integer("input_width"), std::int64_t{preset->inputWidthPx});
    QCOMPARE(config->integer("input_height"), std::int64_t{preset->inputHeightPx});
    QCOMPARE(config->integer("sub_centres"), std::int64_t{2});
    QCOMPARE(config->integer("dimension"), std::int64_t{512});
    QVERIFY(config->boolean("mirror_identity"));
    QVERIFY(config->boolean("weight_averaging"));
}

void TestPresets::theRecipeThatTheDefaultBeganAsIsAPreset()
{
    const auto config = resolve("arcface-batch-hard", {});
    QVERIFY(config.ok());
    QCOMPARE(config->real("arcface_weight"), 1.0);
    QCOMPARE(config->integer("sub_centres"), std::int64_t{2});
    QCOMPARE(config->text("batch_loss"), std::string("triplet"));
    QCOMPARE(config->text("miner"), std::string("batch_hard"));
    QCOMPARE(config->text("form"), std::string("soft"));
    QVERIFY(config->real("negative_weight") > 0 && config->boolean("mirror_identity") && config->boolean("weight_averaging"));
    // The same settings as the default's, and nothing else.
    QCOMPARE(config->values.size(), resolve("flukeprint", {})->values.size());
}

void TestPresets::overridesReplaceDefaultsAndKeepTheRest()
{
    const auto config = resolve("flukeprint", {{"epochs", "7"}, {"learning_rate", "2.5e-4"}, {"network", "resnet18"}});
    QVERIFY(config.ok());
    QCOMPARE(config->integer("epochs"), std::int64_t{7});
    QCOMPARE(config->real("learning_rate"), 2.5e-4);
    QCOMPARE(config->text("network"), std::string("resnet18"));
    QCOMPARE(config->real("gem_p"), 3.0);
}

void TestPresets::booleansAreReadInTheUsualSpellings()
{
    QVERIFY(!resolve("flukeprint", {{"mirror_identity", "off"}})->boolean("mirror_identity"));
    QVERIFY(resolve("flukeprint", {{"mirror_identity", "yes"}})->boolean("mirror_identity"));
    QCOMPARE(resolve("flukeprint", {{"mirror_identity", "0"}})->text("mirror_identity"), std::string("false"));
}

void TestPresets::unknownPresetAndSettingAreNamed()
{
    const auto preset = resolve("no-such", {});
    QVERIFY(!preset.ok());
    QCOMPARE(preset.error().code, ErrorCode::PresetUnknown);
    QCOMPARE(preset.error().args, std::vector<std::string>{"no-such"});
    const auto setting = resolve("flukeprint", {{"epoch", "3"}});
    QVERIFY(!setting.ok());
    QCOMPARE(setting.error().code, ErrorCode::SettingUnknown);
    QCOMPARE(setting.error().args, (std::vector<std::string>{"flukeprint", "epoch"}));
}

void TestPresets::valuesOutOfBoundsAreRefused_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::newRow("zero epochs") << "epochs" << "0";
    QTest::newRow("fraction of an epoch") << "epochs" << "1.5";
    QTest::newRow("trailing text") << "epochs" << "5x";
    QTest::newRow("empty") << "epochs" << "";
    QTest::newRow("overflow") << "epochs" << "99999999999999999999";
    QTest::newRow("negative rate") << "learning_rate" << "-0.1";
    QTest::newRow("not a number") << "learning_rate" << "nan";
    QTest::newRow("infinite") << "learning_rate" << "inf";
    QTest::newRow("comma decimal") << "learning_rate" << "0,001";
    QTest::newRow("one photo an individual") << "photos_per_individual" << "1";
    QTest::newRow("one individual a batch") << "individuals_per_batch" << "1";
    QTest::newRow("unknown network") << "network" << "vgg16";
    QTest::newRow("boolean") << "mirror_identity" << "maybe";
}

void TestPresets::valuesOutOfBoundsAreRefused()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    const auto config = resolve("flukeprint", {{key.toStdString(), value.toStdString()}});
    QVERIFY(!config.ok());
    QCOMPARE(config.error().code, ErrorCode::SettingOutOfRange);
    QCOMPARE(QString::fromStdString(config.error().args.at(0)), key);
    QCOMPARE(QString::fromStdString(config.error().args.at(1)), value);
    QVERIFY(!config.error().args.at(2).empty());
}

void TestPresets::marginsMayNotCross()
{
    const auto config = resolve("flukeprint", {{"arcface_margin_min", "0.5"}, {"arcface_margin_max", "0.2"}});
    QVERIFY(!config.ok());
    QCOMPARE(config.error().code, ErrorCode::SettingOutOfRange);
    QVERIFY(resolve("flukeprint", {{"arcface_margin_min", "0.2"}, {"arcface_margin_max", "0.2"}}).ok());
}

QTEST_GUILESS_MAIN(TestPresets)
#include "tst_presets.moc"
