#include "ui/text/training_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <iterator>

namespace flukeprint::ui {

namespace {

constexpr const char *context = "TrainingText";

struct SettingWords
{
    const char *key;
    const char *label;
    const char *explanation;
};

constexpr SettingWords settingWords[] = {
    {"network", QT_TRANSLATE_NOOP("TrainingText", "network"),
     QT_TRANSLATE_NOOP("TrainingText", "The trunk that looks at the photo. MobileNetV2 is quick on a laptop; ResNet-18 is larger.")},
    {"input_width", QT_TRANSLATE_NOOP("TrainingText", "chip width"),
     QT_TRANSLATE_NOOP("TrainingText", "Width in pixels of the fluke as the network sees it. Wider shows finer marks and takes longer.")},
    {"input_height", QT_TRANSLATE_NOOP("TrainingText", "chip height"),
     QT_TRANSLATE_NOOP("TrainingText", "Height in pixels of the fluke as the network sees it; half the width suits flukes.")},
    {"dimension", QT_TRANSLATE_NOOP("TrainingText", "embedding size"),
     QT_TRANSLATE_NOOP("TrainingText", "Numbers that describe one fluke. 512 is ample.")},
    {"gem_p", QT_TRANSLATE_NOOP("TrainingText", "pooling power"),
     QT_TRANSLATE_NOOP("TrainingText", "Start of the learned pooling exponent: 1 averages, large values look at the strongest mark only.")},
    {"test_time", QT_TRANSLATE_NOOP("TrainingText", "compare"),
     QT_TRANSLATE_NOOP("TrainingText", "With the mirror image, each fluke is described from both sides: more accurate, half as fast.")},
    {"epochs", QT_TRANSLATE_NOOP("TrainingText", "epochs"),
     QT_TRANSLATE_NOOP("TrainingText", "How many times training goes through all photos. More helps until validation stops rising.")},
    {"minutes", QT_TRANSLATE_NOOP("TrainingText", "minutes"),
     QT_TRANSLATE_NOOP("TrainingText", "Time after which training ends, whatever epoch it has come to; 0 sets no limit.")},
    {"seed", QT_TRANSLATE_NOOP("TrainingText", "seed"), QT_TRANSLATE_NOOP("TrainingText", "The same seed and the same data give the same run.")},
    {"validate_every", QT_TRANSLATE_NOOP("TrainingText", "validate every"),
     QT_TRANSLATE_NOOP("TrainingText", "Epochs between two measurements on the validation photos; 0 chooses by the size of the data.")},
    {"checkpoint_minutes", QT_TRANSLATE_NOOP("TrainingText", "checkpoint minutes"),
     QT_TRANSLATE_NOOP("TrainingText", "A crash costs at most this many minutes.")},
    {"probe_photos", QT_TRANSLATE_NOOP("TrainingText", "probe photos"),
     QT_TRANSLATE_NOOP("TrainingText", "A fixed sample that is measured some times in each epoch, to see early whether flukes part. 0: none.")},
    {"precision", QT_TRANSLATE_NOOP("TrainingText", "precision"),
     QT_TRANSLATE_NOOP("TrainingText", "Automatic picks the faster one that is safe on this machine.")},
    {"learning_rate", QT_TRANSLATE_NOOP("TrainingText", "learning rate"),
     QT_TRANSLATE_NOOP("TrainingText", "Size of the steps. Too large and the loss jumps; too small and it hardly moves.")},
    {"head_rate_factor", QT_TRANSLATE_NOOP("TrainingText", "head rate factor"),
     QT_TRANSLATE_NOOP("TrainingText", "The new layers learn this many times faster than the trunk.")},
    {"warmup_epochs", QT_TRANSLATE_NOOP("TrainingText", "warm-up epochs"),
     QT_TRANSLATE_NOOP("TrainingText", "The rate rises to its full value over these epochs.")},
    {"final_rate_factor", QT_TRANSLATE_NOOP("TrainingText", "final rate factor"),
     QT_TRANSLATE_NOOP("TrainingText", "Share of the learning rate that is left at the end of the cosine.")},
    {"weight_decay", QT_TRANSLATE_NOOP("TrainingText", "weight decay"),
     QT_TRANSLATE_NOOP("TrainingText", "Pulls weights towards zero, against learning single photos by heart.")},
    {"gradient_clip", QT_TRANSLATE_NOOP("TrainingText", "gradient clip"),
     QT_TRANSLATE_NOOP("TrainingText", "Steps longer than this are shortened; 0 never does.")},
    {"freeze_epochs", QT_TRANSLATE_NOOP("TrainingText", "frozen epochs"),
     QT_TRANSLATE_NOOP("TrainingText", "Only the new layers learn during these first epochs.")},
    {"weight_averaging", QT_TRANSLATE_NOOP("TrainingText", "average weights"),
     QT_TRANSLATE_NOOP("TrainingText", "The finished model is an average of the weights over many steps: steadier and more accurate.")},
    {"averaging_decay", QT_TRANSLATE_NOOP("TrainingText", "averaging decay"),
     QT_TRANSLATE_NOOP("TrainingText", "Closer to 1 averages over more steps.")},
    {"averaging", QT_TRANSLATE_NOOP("TrainingText", "kind of average"),
     QT_TRANSLATE_NOOP("TrainingText",
                       "A running average forgets old weights; a plain mean (SWA) counts every step of the last part of the run alike.")},
    {"averaging_start", QT_TRANSLATE_NOOP("TrainingText", "start of the mean"),
     QT_TRANSLATE_NOOP("TrainingText", "Share of the run that is over before the plain mean begins.")},
    {"averaging_norms", QT_TRANSLATE_NOOP("TrainingText", "statistics of the average"),
     QT_TRANSLATE_NOOP("TrainingText",
                       "Batch norms of the averaged weights: averaged like these, or measured anew before each validation, as a plain mean needs.")},
    {"individuals_per_batch", QT_TRANSLATE_NOOP("TrainingText", "individuals per batch"),
     QT_TRANSLATE_NOOP("TrainingText", "Animals compared in one step. More make harder comparisons and need more memory.")},
    {"photos_per_individual", QT_TRANSLATE_NOOP("TrainingText", "photos per individual"),
     QT_TRANSLATE_NOOP("TrainingText", "Of each animal in a step; an animal with one photo gives altered copies of it.")},
    {"negatives_per_batch", QT_TRANSLATE_NOOP("TrainingText", "unidentified per batch"),
     QT_TRANSLATE_NOOP(
         "TrainingText",
         "Photos in each step that must look like nobody else in it. Only where unidentified photos are said to be new animals (above).")},
    {"augmentation", QT_TRANSLATE_NOOP("TrainingText", "alteration of photos"),
     QT_TRANSLATE_NOOP("TrainingText", "Random changes of angle, light, blur and splash, so that the model learns the fluke and not the photo.")},
    {"mirror_identity", QT_TRANSLATE_NOOP("TrainingText", "mirrored fluke is another whale"),
     QT_TRANSLATE_NOOP("TrainingText", "Learns from mirrored photos as if of other animals: twice the animals to tell apart.")},
    {"arcface_weight", QT_TRANSLATE_NOOP("TrainingText", "class loss weight"),
     QT_TRANSLATE_NOOP("TrainingText", "Weight of the ArcFace loss, which draws every photo to its animal's centre.")},
    {"arcface_scale", QT_TRANSLATE_NOOP("TrainingText", "class loss scale"), QT_TRANSLATE_NOOP("TrainingText", "Sharpness of the ArcFace loss.")},
    {"arcface_margin_min", QT_TRANSLATE_NOOP("TrainingText", "margin, many photos"),
     QT_TRANSLATE_NOOP("TrainingText", "Angle kept free around an animal with many photos, in radians.")},
    {"arcface_margin_max", QT_TRANSLATE_NOOP("TrainingText", "margin, few photos"),
     QT_TRANSLATE_NOOP("TrainingText", "Angle kept free around an animal with one photo, in radians.")},
    {"sub_centres", QT_TRANSLATE_NOOP("TrainingText", "centres per individual"),
     QT_TRANSLATE_NOOP("TrainingText", "More than one lets a mislabelled or odd photo have a centre of its own.")},
    {"triplet_weight", QT_TRANSLATE_NOOP("TrainingText", "comparison weight"),
     QT_TRANSLATE_NOOP("TrainingText", "Weight of the loss that compares the photos of a batch with each other.")},
    {"batch_loss", QT_TRANSLATE_NOOP("TrainingText", "comparison"),
     QT_TRANSLATE_NOOP("TrainingText", "Photos of the same animal against all others of the batch at once, or in triplets with one other each.")},
    {"temperature", QT_TRANSLATE_NOOP("TrainingText", "temperature"),
     QT_TRANSLATE_NOOP("TrainingText", "Of the comparison with all others: the lower, the more the nearest of them count.")},
    {"compared_layer", QT_TRANSLATE_NOOP("TrainingText", "compared layer"),
     QT_TRANSLATE_NOOP("TrainingText", "The numbers that are compared: those that serve, or those before the last normalisation.")},
    {"negative_weight", QT_TRANSLATE_NOOP("TrainingText", "unidentified weight"),
     QT_TRANSLATE_NOOP("TrainingText", "How strongly unidentified photos are pushed away from all known animals.")},
    {"within_whitening", QT_TRANSLATE_NOOP("TrainingText", "whitening"),
     QT_TRANSLATE_NOOP("TrainingText",
                       "At the end, what varies between photos of the same animal is made to count less, if finding known and telling new animals "
                       "among the validation photos gain by it together. Larger is milder; 0: never.")},
    {"pooling", QT_TRANSLATE_NOOP("TrainingText", "pooling"),
     QT_TRANSLATE_NOOP("TrainingText", "How the map of the trunk becomes one row of numbers.")},
    {"bn_neck", QT_TRANSLATE_NOOP("TrainingText", "normalise across the batch"),
     QT_TRANSLATE_NOOP("TrainingText", "A batch norm between the triplet's and the classes' view of the fluke.")},
    {"linear_bias", QT_TRANSLATE_NOOP("TrainingText", "bias of the last layer"),
     QT_TRANSLATE_NOOP("TrainingText", "Whether the last layer may shift every number by a learned amount.")},
    {"l2_normalised", QT_TRANSLATE_NOOP("TrainingText", "length one"),
     QT_TRANSLATE_NOOP("TrainingText", "Every embedding is brought to length 1, so that only its direction counts.")},
    {"optimizer", QT_TRANSLATE_NOOP("TrainingText", "optimizer"),
     QT_TRANSLATE_NOOP("TrainingText", "The rule by which weights follow the gradient.")},
    {"momentum", QT_TRANSLATE_NOOP("TrainingText", "momentum"), QT_TRANSLATE_NOOP("TrainingText", "How much of the last step goes into the next.")},
    {"loss", QT_TRANSLATE_NOOP("TrainingText", "loss"), QT_TRANSLATE_NOOP("TrainingText", "What is compared: triplets of photos, or pairs.")},
    {"distance", QT_TRANSLATE_NOOP("TrainingText", "distance"), QT_TRANSLATE_NOOP("TrainingText", "How far apart two embeddings are.")},
    {"form", QT_TRANSLATE_NOOP("TrainingText", "form of the loss"),
     QT_TRANSLATE_NOOP("TrainingText",
                       "With a hinge a solved triplet costs nothing; capped, a hopeless one pulls no more; soft, all of them count a little.")},
    {"margin", QT_TRANSLATE_NOOP("TrainingText", "margin"),
     QT_TRANSLATE_NOOP("TrainingText", "How much farther another animal must be than the same one.")},
    {"cap", QT_TRANSLATE_NOOP("TrainingText", "cap"), QT_TRANSLATE_NOOP("TrainingText", "Most that one triplet can cost.")},
    {"miner", QT_TRANSLATE_NOOP("TrainingText", "triplets"), QT_TRANSLATE_NOOP("TrainingText", "Which triplets of a batch are learnt from.")},
    {"sampler", QT_TRANSLATE_NOOP("TrainingText", "batches"), QT_TRANSLATE_NOOP("TrainingText", "How photos are put together into batches.")},
    {"batch_size", QT_TRANSLATE_NOOP("TrainingText", "batch size"),
     QT_TRANSLATE_NOOP("TrainingText", "Photos, pairs or triplets compared in one step.")},
    {"batches_per_epoch", QT_TRANSLATE_NOOP("TrainingText", "batches per epoch"),
     QT_TRANSLATE_NOOP("TrainingText", "0: enough that every photo leads about once.")},
    {"mirror_by_chance", QT_TRANSLATE_NOOP("TrainingText", "mirror by chance"),
     QT_TRANSLATE_NOOP("TrainingText", "A mirrored photo counts as the same animal. Wrong for flukes, right for many other things.")},
    {"trunk_dropout", QT_TRANSLATE_NOOP("TrainingText", "dropout"),
     QT_TRANSLATE_NOOP("TrainingText", "Share of the trunk's inner values that are left out while training.")},
    {"l2_last", QT_TRANSLATE_NOOP("TrainingText", "penalty of the last layer"),
     QT_TRANSLATE_NOOP("TrainingText", "Weight of the squared weights of the last layer in the loss.")},
    {"activation", QT_TRANSLATE_NOOP("TrainingText", "last activation"),
     QT_TRANSLATE_NOOP("TrainingText", "What is done to the numbers of the embedding.")},
    {"trunk", QT_TRANSLATE_NOOP("TrainingText", "trunk"),
     QT_TRANSLATE_NOOP("TrainingText", "A frozen trunk stays as it is and only the layers behind it learn: quick, and only as good as the trunk.")},
    {"hidden", QT_TRANSLATE_NOOP("TrainingText", "layers before the last"),
     QT_TRANSLATE_NOOP("TrainingText", "Widths of the dense layers between the trunk and the embedding.")},
    {"coarse_epochs", QT_TRANSLATE_NOOP("TrainingText", "coarse epochs"),
     QT_TRANSLATE_NOOP("TrainingText", "First epochs on random triplets, before hard ones are looked for.")},
    {"mining", QT_TRANSLATE_NOOP("TrainingText", "hard negatives"),
     QT_TRANSLATE_NOOP("TrainingText", "How the photo of another animal is chosen for each triplet.")},
    {"mined_per_epoch", QT_TRANSLATE_NOOP("TrainingText", "triplets per epoch"),
     QT_TRANSLATE_NOOP("TrainingText", "Hardest triplets that are looked for before each epoch.")},
    {"mining_sample", QT_TRANSLATE_NOOP("TrainingText", "photos looked through"),
     QT_TRANSLATE_NOOP("TrainingText", "Negatives are the hardest of this many photos drawn at random.")},
    {"ranking", QT_TRANSLATE_NOOP("TrainingText", "distance to an animal"),
     QT_TRANSLATE_NOOP("TrainingText", "Whether its nearest photo counts, or the mean of all its photos.")},
    {"neighbours", QT_TRANSLATE_NOOP("TrainingText", "photos that vote"),
     QT_TRANSLATE_NOOP("TrainingText", "At the end it is also measured how well this many nearest photos find the animal by vote.")},
    {"white_frame", QT_TRANSLATE_NOOP("TrainingText", "grey in a white frame"),
     QT_TRANSLATE_NOOP("TrainingText", "The photo's grey goes to the red channel; green and blue are white.")},
    {"dropout", QT_TRANSLATE_NOOP("TrainingText", "dropout before the last layer"),
     QT_TRANSLATE_NOOP("TrainingText", "Share of the trunk's numbers that are left out while training.")},
    {"head_rate", QT_TRANSLATE_NOOP("TrainingText", "rate of the new layers"),
     QT_TRANSLATE_NOOP("TrainingText", "Learning rate of the frozen epochs, when only the new layers learn.")},
    {"rate_decay", QT_TRANSLATE_NOOP("TrainingText", "rate decay"),
     QT_TRANSLATE_NOOP("TrainingText", "The learning rate is multiplied by this after every few epochs.")},
    {"rate_decay_epochs", QT_TRANSLATE_NOOP("TrainingText", "epochs between decays"),
     QT_TRANSLATE_NOOP("TrainingText", "How many epochs a learning rate lasts; 0: to the end.")},
    {"curriculum", QT_TRANSLATE_NOOP("TrainingText", "easy ones first"),
     QT_TRANSLATE_NOOP("TrainingText", "Starts with the individuals that are told apart best and admits the others as these are learnt.")},
    {"curriculum_start", QT_TRANSLATE_NOOP("TrainingText", "individuals at first"),
     QT_TRANSLATE_NOOP("TrainingText", "With how many individuals training starts.")},
    {"curriculum_step", QT_TRANSLATE_NOOP("TrainingText", "admitted together"),
     QT_TRANSLATE_NOOP("TrainingText", "How many individuals are admitted at a time.")},
    {"curriculum_threshold", QT_TRANSLATE_NOOP("TrainingText", "learnt from"),
     QT_TRANSLATE_NOOP("TrainingText", "Share of validation photos that must be recognised before more are admitted.")},
    {"curriculum_patience", QT_TRANSLATE_NOOP("TrainingText", "patience"),
     QT_TRANSLATE_NOOP("TrainingText", "Epochs after which more are admitted all the same; 0: never.")},
};

const SettingWords *wordsFor(const std::string &key)
{
    for (const SettingWords &words : settingWords) {
        if (key == words.key)
            return &words;
    }
    return nullptr;
}

constexpr SettingWords choiceWords[] = {
    {"mobilenet_v2", "MobileNetV2", ""},
    {"resnet18", "ResNet-18", ""},
    {"resnet50", "ResNet-50", ""},
    {"resnet101", "ResNet-101", ""},
    {"mlp", "MLP", ""},
    {"siamese_cnn", "siamese CNN", ""},
    {"deep_ranking", "deep ranking (VGG-16)", ""},
    {"nasnet_a_mobile", "NASNet-A Mobile", ""},
    {"resnet101_v2_c4", "ResNet-101 v2, blocks 1-3", ""},
    {"inception_v3", "Inception-v3", ""},
    {"vgg16", "VGG-16", ""},
    {"branch_siamese", "branch network", ""},
    {"512-256", "512, 256", ""},
    {"frozen", QT_TRANSLATE_NOOP("TrainingText", "frozen"), ""},
    {"trained", QT_TRANSLATE_NOOP("TrainingText", "trained"), ""},
    {"centroid", QT_TRANSLATE_NOOP("TrainingText", "nearest mean of a sample"), ""},
    {"sample", QT_TRANSLATE_NOOP("TrainingText", "nearest of a sample"), ""},
    {"hardest", QT_TRANSLATE_NOOP("TrainingText", "nearest of all"), ""},
    {"photos", QT_TRANSLATE_NOOP("TrainingText", "nearest photo"), ""},
    {"centroids", QT_TRANSLATE_NOOP("TrainingText", "mean of its photos"), ""},
    {"learned", QT_TRANSLATE_NOOP("TrainingText", "learned comparison"), ""},
    {"average", QT_TRANSLATE_NOOP("TrainingText", "mean"), ""},
    {"max", QT_TRANSLATE_NOOP("TrainingText", "maximum"), ""},
    {"sgd", QT_TRANSLATE_NOOP("TrainingText", "SGD"), ""},
    {"adam", QT_TRANSLATE_NOOP("TrainingText", "Adam"), ""},
    {"adamw", QT_TRANSLATE_NOOP("TrainingText", "AdamW"), ""},
    {"rmsprop", QT_TRANSLATE_NOOP("TrainingText", "RMSprop"), ""},
    {"triplet", QT_TRANSLATE_NOOP("TrainingText", "triplets"), ""},
    {"contrastive", QT_TRANSLATE_NOOP("TrainingText", "contrastive"), ""},
    {"euclidean", QT_TRANSLATE_NOOP("TrainingText", "Euclidean"), ""},
    {"squared", QT_TRANSLATE_NOOP("TrainingText", "squared Euclidean"), ""},
    {"cosine", QT_TRANSLATE_NOOP("TrainingText", "cosine"), ""},
    {"hinge", QT_TRANSLATE_NOOP("TrainingText", "hinge"), ""},
    {"capped", QT_TRANSLATE_NOOP("TrainingText", "capped hinge"), ""},
    {"soft", QT_TRANSLATE_NOOP("TrainingText", "soft margin"), ""},
    {"random", QT_TRANSLATE_NOOP("TrainingText", "random"), ""},
    {"batch_all", QT_TRANSLATE_NOOP("TrainingText", "all of the batch"), ""},
    {"supervised_contrastive", QT_TRANSLATE_NOOP("TrainingText", "with all (supervised contrastive)"), ""},
    {"neck", QT_TRANSLATE_NOOP("TrainingText", "embedding"), ""},
    {"feature", QT_TRANSLATE_NOOP("TrainingText", "before normalisation"), ""},
    {"batch_hard", QT_TRANSLATE_NOOP("TrainingText", "hardest of the batch"), ""},
    {"semi_hard", QT_TRANSLATE_NOOP("TrainingText", "semi-hard"), ""},
    {"individuals", QT_TRANSLATE_NOOP("TrainingText", "photos by individual"), ""},
    {"pairs", QT_TRANSLATE_NOOP("TrainingText", "pairs"), ""},
    {"triplets", QT_TRANSLATE_NOOP("TrainingText", "triplets"), ""},
    {"balanced", QT_TRANSLATE_NOOP("TrainingText", "all individuals alike"), ""},
    {"none", QT_TRANSLATE_NOOP("TrainingText", "none"), ""},
    {"sigmoid", QT_TRANSLATE_NOOP("TrainingText", "sigmoid"), ""},
    {"mirror", QT_TRANSLATE_NOOP("TrainingText", "photo and mirror image"), ""},
    {"plain", QT_TRANSLATE_NOOP("TrainingText", "photo only"), ""},
    {"auto", QT_TRANSLATE_NOOP("TrainingText", "automatic"), ""},
    {"fp32", "fp32", ""},
    {"bf16", "bf16", ""},
    {"ema", QT_TRANSLATE_NOOP("TrainingText", "running average"), ""},
    {"swa", QT_TRANSLATE_NOOP("TrainingText", "plain mean (SWA)"), ""},
    {"averaged", QT_TRANSLATE_NOOP("TrainingText", "averaged"), ""},
    {"fresh", QT_TRANSLATE_NOOP("TrainingText", "measured anew"), ""},
    {"off", QT_TRANSLATE_NOOP("TrainingText", "off"), ""},
    {"light", QT_TRANSLATE_NOOP("TrainingText", "light"), ""},
    {"standard", QT_TRANSLATE_NOOP("TrainingText", "standard"), ""},
    {"strong", QT_TRANSLATE_NOOP("TrainingText", "strong"), ""},
};

QString words(const char *text) { return QCoreApplication::translate(context, text); }

} // namespace

QString presetDescription(const std::string &preset)
{
    if (preset == "flukeprint")
        return words(QT_TRANSLATE_NOOP(
            "TrainingText", "The standard recipe: draws the photos of each animal together and away from all others of the batch at once."));
    if (preset == "arcface-batch-hard")
        return words(QT_TRANSLATE_NOOP("TrainingText",
                                       "What the standard recipe was before: a class for every animal, and the hardest triplets of every batch."));
    if (preset == "batch-hard-cosine")
        return words(QT_TRANSLATE_NOOP("TrainingText", "Triplets by cosine distance with the hardest of every batch; a recipe to compare with."));
    if (preset == "siamese-contrastive")
        return words(QT_TRANSLATE_NOOP("TrainingText", "A small grey network on pairs, drawn together or pushed apart; a recipe to compare with."));
    if (preset == "deep-ranking")
        return words(QT_TRANSLATE_NOOP("TrainingText", "A large network with two shallow side branches on random triplets; slow without a GPU."));
    if (preset == "facenet-transfer")
        return words(
            QT_TRANSLATE_NOOP("TrainingText", "New layers on a frozen trunk, with hard triplets looked for before every epoch; trains in minutes."));
    if (preset == "branch-siamese")
        return words(QT_TRANSLATE_NOOP("TrainingText", "A grey network on pairs with a learned comparison; a recipe to compare with."));
    if (preset == "plankton-curriculum")
        return words(QT_TRANSLATE_NOOP("TrainingText", "New layers first, then the whole network slowly, on random triplets; made for plankton."));
    if (preset == "semi-hard-mlp")
        return words(QT_TRANSLATE_NOOP("TrainingText", "A tiny network for 28 x 28 px pictures, with semi-hard triplets."));
    return {};
}

QString settingLabel(const std::string &key)
{
    const SettingWords *found = wordsFor(key);
    return found ? words(found->label) : QString::fromStdString(key);
}

QString settingExplanation(const std::string &key)
{
    const SettingWords *found = wordsFor(key);
    return found ? words(found->explanation) : QString();
}

QString settingZeroText(const std::string &key)
{
    static constexpr SettingWords zeroWords[] = {
        {"minutes", QT_TRANSLATE_NOOP("TrainingText", "no limit"), ""},
        {"validate_every", QT_TRANSLATE_NOOP("TrainingText", "automatic"), ""},
        {"batches_per_epoch", QT_TRANSLATE_NOOP("TrainingText", "automatic"), ""},
        {"probe_photos", QT_TRANSLATE_NOOP("TrainingText", "none"), ""},
        {"negatives_per_batch", QT_TRANSLATE_NOOP("TrainingText", "none"), ""},
        {"freeze_epochs", QT_TRANSLATE_NOOP("TrainingText", "none"), ""},
        {"gradient_clip", QT_TRANSLATE_NOOP("TrainingText", "never"), ""},
        {"within_whitening", QT_TRANSLATE_NOOP("TrainingText", "never"), ""},
        {"curriculum_patience", QT_TRANSLATE_NOOP("TrainingText", "never"), ""},
        {"rate_decay_epochs", QT_TRANSLATE_NOOP("TrainingText", "to the end"), ""},
    };
    for (const SettingWords &zero : zeroWords) {
        if (key == zero.key)
            return words(zero.label);
    }
    return {};
}

QString settingBounds(const protocol::SettingSpec &setting)
{
    if (setting.type != protocol::SettingType::Integer && setting.type != protocol::SettingType::Real)
        return {};
    const QLocale locale;
    return words(QT_TRANSLATE_NOOP("TrainingText", "%1 to %2"))
        .arg(locale.toString(setting.minimum, 'g', 10), locale.toString(setting.maximum, 'g', 10));
}

QString choiceLabel(const std::string &, const std::string &value)
{
    for (const SettingWords &choice : choiceWords) {
        if (value == choice.key)
            return words(choice.label);
    }
    return QString::fromStdString(value);
}

QString runStateText(catalogue::RunState state)
{
    switch (state) {
    case catalogue::RunState::Queued:
        return words(QT_TRANSLATE_NOOP("TrainingText", "waiting"));
    case catalogue::RunState::Running:
        return words(QT_TRANSLATE_NOOP("TrainingText", "running"));
    case catalogue::RunState::Paused:
        return words(QT_TRANSLATE_NOOP("TrainingText", "paused"));
    case catalogue::RunState::Finished:
        return words(QT_TRANSLATE_NOOP("TrainingText", "finished"));
    case catalogue::RunState::Cancelled:
        return words(QT_TRANSLATE_NOOP("TrainingText", "cancelled"));
    case catalogue::RunState::Failed:
        return words(QT_TRANSLATE_NOOP("TrainingText", "failed"));
    case catalogue::RunState::Interrupted:
        return words(QT_TRANSLATE_NOOP("TrainingText", "interrupted"));
    }
    return {};
}

} // namespace flukeprint::ui
