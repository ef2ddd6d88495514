#include "core/protocol/preset_settings.h"

namespace flukeprint::protocol {

namespace {

struct Network
{
    std::vector<std::string> choices; ///< the first is the default
    std::string widthPx;
    std::string heightPx;
    double smallestSidePx = 32;
    double largestSidePx = 1024;
};

PresetSpec presetOf(const char *name, const Network &network)
{
    PresetSpec preset{name, network.choices.front(), std::stoi(network.widthPx), std::stoi(network.heightPx), {}};
    preset.settings = {
        choiceSetting("network", network.choices, network.choices.front()),
        integerSetting("input_width", network.widthPx, network.smallestSidePx, network.largestSidePx),
        integerSetting("input_height", network.heightPx, network.smallestSidePx, network.largestSidePx),
        choiceSetting("test_time", {"mirror", "plain"}, "plain", advancedSetting),
    };
    return preset;
}

/// Of the embedding: pooling of the map, length of the vector, and whether it is brought to length 1.
Settings embeddingSettings(const std::string &dimension, bool normalised)
{
    Settings settings{
        choiceSetting("pooling", {"average", "max"}, "average", advancedSetting),
        booleanSetting("bn_neck", false, advancedSetting),
        booleanSetting("linear_bias", true, advancedSetting),
        booleanSetting("l2_normalised", normalised, advancedSetting),
    };
    if (!dimension.empty())
        settings.push_back(integerSetting("dimension", dimension, 2, 8192));
    return settings;
}

Settings stepSettings(const std::string &optimizer, const std::string &rate, const std::string &decay)
{
    return {
        choiceSetting("optimizer", {"sgd", "adam", "adamw", "rmsprop"}, optimizer),
        realSetting("learning_rate", rate, 1e-7, 1),
        realSetting("weight_decay", decay, 0, 1, advancedSetting),
        realSetting("momentum", "0", 0, 0.9999, advancedSetting),
        realSetting("gradient_clip", "0", 0, 1000, advancedSetting),
        realSetting("final_rate_factor", "1", 0, 1, advancedSetting),
        integerSetting("freeze_epochs", "0", 0, 1000, advancedSetting),
        choiceSetting("augmentation", {"off", "light", "standard", "strong"}, "off"),
    };
}

Settings tripletSettings(const std::string &distance, const std::string &form, const std::string &margin)
{
    return {
        choiceSetting("loss", {"triplet"}, "triplet", advancedSetting),
        choiceSetting("distance", {"euclidean", "squared", "cosine"}, distance, advancedSetting),
        choiceSetting("form", {"hinge", "capped", "soft"}, form, advancedSetting),
        realSetting("margin", margin, 0, 1000),
        realSetting("cap", "5", 0, 1000, advancedSetting),
    };
}

void setDefault(PresetSpec &preset, const std::string &key, const std::string &value)
{
    for (SettingSpec &setting : preset.settings) {
        if (setting.key == key)
            setting.defaultValue = value;
    }
}

PresetSpec batchHardCosine()
{
    PresetSpec preset = presetOf("batch-hard-cosine", {{"resnet18", "resnet50", "mobilenet_v2"}, "224", "224"});
    append(preset.settings, embeddingSettings("500", true));
    append(preset.settings, runSettings("30"));
    append(preset.settings, stepSettings("adam", "0.0001", "0"));
    append(preset.settings, tripletSettings("cosine", "hinge", "0.2"));
    append(preset.settings, {
                                choiceSetting("miner", {"random", "batch_all", "batch_hard", "semi_hard"}, "batch_hard"),
                                choiceSetting("sampler", {"individuals"}, "individuals", advancedSetting),
                                integerSetting("individuals_per_batch", "16", 2, 1024),
                                integerSetting("photos_per_individual", "4", 2, 64),
                                booleanSetting("mirror_identity", true, advancedSetting),
                                booleanSetting("mirror_by_chance", false, advancedSetting),
                                integerSetting("neighbours", "5", 1, 1000, advancedSetting),
                            });
    setDefault(preset, "augmentation", "standard");
    return preset;
}

PresetSpec siameseContrastive()
{
    PresetSpec preset = presetOf("siamese-contrastive", {{"siamese_cnn"}, "105", "105", 64});
    append(preset.settings, embeddingSettings("2", false));
    append(preset.settings, runSettings("30"));
    append(preset.settings, stepSettings("adam", "0.0005", "0"));
    append(preset.settings, {
                                choiceSetting("loss", {"contrastive"}, "contrastive", advancedSetting),
                                realSetting("margin", "2", 0, 1000),
                                realSetting("trunk_dropout", "0.3", 0, 0.95, advancedSetting),
                                choiceSetting("sampler", {"pairs"}, "pairs", advancedSetting),
                                integerSetting("batch_size", "64", 2, 4096),
                                integerSetting("batches_per_epoch", "0", 0, 1000000, advancedSetting),
                                booleanSetting("mirror_by_chance", false, advancedSetting),
                            });
    return preset;
}

PresetSpec deepRanking()
{
    PresetSpec preset = presetOf("deep-ranking", {{"deep_ranking"}, "224", "224", 193, 256});
    append(preset.settings, embeddingSettings("4096", false));
    append(preset.settings, runSettings("5"));
    append(preset.settings, stepSettings("sgd", "0.008", "0"));
    append(preset.settings, tripletSettings("euclidean", "capped", "20"));
    append(preset.settings, {
                                choiceSetting("activation", {"none", "sigmoid"}, "sigmoid", advancedSetting),
                                realSetting("l2_last", "0.01", 0, 1, advancedSetting),
                                choiceSetting("sampler", {"triplets"}, "triplets", advancedSetting),
                                integerSetting("batch_size", "8", 1, 4096),
                                integerSetting("batches_per_epoch", "0", 0, 1000000, advancedSetting),
                                booleanSetting("mirror_by_chance", false, advancedSetting),
                            });
    return preset;
}

PresetSpec semiHardMlp()
{
    PresetSpec preset = presetOf("semi-hard-mlp", {{"mlp"}, "28", "28", 28, 28});
    append(preset.settings, embeddingSettings("", true));
    append(preset.settings, runSettings("20"));
    append(preset.settings, stepSettings("adam", "0.0001", "0"));
    append(preset.settings, tripletSettings("squared", "hinge", "1"));
    append(preset.settings, {
                                choiceSetting("miner", {"semi_hard"}, "semi_hard", advancedSetting),
                                realSetting("trunk_dropout", "0.1", 0, 0.95, advancedSetting),
                                choiceSetting("sampler", {"balanced", "individuals"}, "balanced", advancedSetting),
                                integerSetting("batch_size", "64", 2, 4096),
                                integerSetting("individuals_per_batch", "16", 2, 1024, advancedSetting),
                                integerSetting("photos_per_individual", "4", 2, 64, advancedSetting),
                                booleanSetting("mirror_by_chance", false, advancedSetting),
                            });
    return preset;
}

PresetSpec facenetTransfer()
{
    PresetSpec preset = presetOf(
        "facenet-transfer",
        {{"nasnet_a_mobile", "mobilenet_v2", "resnet18", "resnet50", "resnet101", "resnet101_v2_c4", "inception_v3", "vgg16"}, "210", "140"});
    append(preset.settings, embeddingSettings("128", true));
    append(preset.settings, runSettings("30"));
    append(preset.settings, stepSettings("adam", "0.001", "0"));
    append(preset.settings, tripletSettings("squared", "hinge", "0.4"));
    append(preset.settings, {
                                choiceSetting("trunk", {"frozen", "trained"}, "frozen"),
                                choiceSetting("hidden", {"none", "512-256"}, "512-256", advancedSetting),
                                realSetting("l2_last", "0.01", 0, 1, advancedSetting),
                                choiceSetting("sampler", {"triplets"}, "triplets", advancedSetting),
                                integerSetting("batch_size", "512", 1, 4096),
                                integerSetting("coarse_epochs", "1", 0, 1000, advancedSetting),
                                choiceSetting("mining", {"centroid", "sample", "semi_hard", "hardest"}, "centroid", advancedSetting),
                                integerSetting("mined_per_epoch", "2048", 1, 1000000),
                                integerSetting("mining_sample", "1024", 1, 1000000, advancedSetting),
                                booleanSetting("mirror_by_chance", false, advancedSetting),
                                choiceSetting("ranking", {"photos", "centroids"}, "centroids", advancedSetting),
                            });
    setDefault(preset, "pooling", "max");
    return preset;
}

PresetSpec branchSiamese()
{
    PresetSpec preset = presetOf("branch-siamese", {{"branch_siamese"}, "384", "384", 64});
    append(preset.settings, embeddingSettings("", false));
    append(preset.settings, runSettings("30"));
    append(preset.settings, stepSettings("adam", "0.0005", "0"));
    append(preset.settings, {
                                choiceSetting("loss", {"learned", "contrastive"}, "learned"),
                                realSetting("margin", "10", 0, 1000, advancedSetting),
                                choiceSetting("sampler", {"pairs"}, "pairs", advancedSetting),
                                integerSetting("batch_size", "16", 2, 4096),
                                integerSetting("batches_per_epoch", "0", 0, 1000000, advancedSetting),
                                booleanSetting("mirror_by_chance", false, advancedSetting),
                            });
    setDefault(preset, "pooling", "max");
    setDefault(preset, "augmentation", "standard");
    return preset;
}

PresetSpec planktonCurriculum()
{
    PresetSpec preset = presetOf("plankton-curriculum", {{"inception_v3", "mobilenet_v2", "resnet18"}, "299", "299"});
    append(preset.settings, embeddingSettings("64", false));
    append(preset.settings, runSettings("30"));
    append(preset.settings, stepSettings("adam", "1e-5", "0"));
    append(preset.settings, tripletSettings("squared", "hinge", "4")); // 64 numbers between 0 and 1 lie that far apart
    append(preset.settings, {
                                booleanSetting("white_frame", true, advancedSetting),
                                realSetting("dropout", "0.5", 0, 0.95, advancedSetting),
                                choiceSetting("activation", {"none", "sigmoid"}, "sigmoid", advancedSetting),
                                realSetting("head_rate", "0.001", 1e-7, 1),
                                realSetting("rate_decay", "0.9", 0.01, 1, advancedSetting),
                                integerSetting("rate_decay_epochs", "5", 0, 1000, advancedSetting),
                                choiceSetting("sampler", {"triplets"}, "triplets", advancedSetting),
                                integerSetting("batch_size", "20", 1, 4096),
                                integerSetting("batches_per_epoch", "600", 0, 1000000),
                                booleanSetting("mirror_by_chance", false, advancedSetting),
                                booleanSetting("curriculum", false),
                                integerSetting("curriculum_start", "4", 2, 100000, advancedSetting),
                                integerSetting("curriculum_step", "2", 1, 100000, advancedSetting),
                                realSetting("curriculum_threshold", "0.8", 0, 1, advancedSetting),
                                integerSetting("curriculum_patience", "5", 0, 1000, advancedSetting),
                            });
    setDefault(preset, "freeze_epochs", "5");
    setDefault(preset, "validate_every", "1");
    return preset;
}

} // namespace

std::vector<PresetSpec> sourcePresets()
{
    return {facenetTransfer(), batchHardCosine(),    branchSiamese(), siameseContrastive(),
            deepRanking(),     semiHardMlp(),        planktonCurriculum()};
}

} // namespace flukeprint::protocol
