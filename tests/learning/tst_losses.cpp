#include "core/learning/losses/arcface.h"
#include "core/learning/losses/triplet.h"
#include "core/learning/training/adamw.h"
#include "core/learning/training/schedule.h"
#include "tests/learning/reference_values.h"

#include <QtTest>

#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace flukeprint::learning;
using reference::largestDifference;
using reference::wave;

namespace {

// Values of an independent implementation in Python (loops over pairs, acos and cos for the angles) with PyTorch 1.13's autograd,
// double precision, on the inputs that wave() makes.
const std::vector<double> softOneGradient{
    -0.032848338120535392, -0.0064976674210185719, -0.0044185914138338243, -0.0038763352931152563,
    -0.032848338120535392, -0.0064976674210185719, -0.0044185914138338243, -0.0038763352931152563,
    0.016295177543872247, 0.15777320994551353, -0.10000516036417315, -0.12731327771713469,
    -0.034251943935492274, -0.024103224008346025, 0.042756309074991339, 0.018710212796278457,
    -0.16353217660717972, -0.044720862325380098, 0.19681957560042676, -0.0092220798484514283,
    0.16513897910877859, -0.13392434755200611, -0.12402545484507506, 0.22430650868075364,
    -0.048429388415329372, 0.14447638676151245, -0.056746799125846091, -0.12663357122566204,
    0.063657796221791393, -0.04221763098429826, 0.064944563617389026, 0.023269772430859238,
    0.066818232324629911, -0.044288196994958354, -0.014905851130045195, 0.0046351054695873218,
};
const std::vector<double> softTenGradient{
    -1.2180302847952273e-06, -2.4093625894517332e-07, -1.6384324036232368e-07, -1.4373615382640283e-07,
    -1.2180302847952273e-06, -2.4093625894517332e-07, -1.6384324036232368e-07, -1.4373615382640283e-07,
    0.0041760070049774931, 0.21005600149939663, -0.1349504767099732, -0.14909970881261886,
    -2.0014040020445184e-05, -1.4083956543702057e-05, 2.4983296789373931e-05, 1.0932721027484087e-05,
    -0.22488872881756353, -0.082493263492903895, 0.27492930636498963, 0.016815664314131368,
    0.17626540295247489, -0.17133170110902723, -0.11446733766398381, 0.27043991868057765,
    -0.062892424353844067, 0.20788190986948332, -0.093027503488969404, -0.1713422696976043,
    -0.0033475820552029633, -0.090718164636719806, 0.092188558625419206, 0.025495937923660061,
    0.11070977536974823, -0.073380216301167409, -0.0246972027377911, 0.0076798123431342374,
};
const std::vector<double> arcEmbeddingGradient{
    -1.0930994895543675, 0.78482327749795566, 0.5735099077424165, -0.025246530653772692,
    0.33389580116641437, -0.42510059830548053, -0.71421725919019519, 0.88659386312196886,
    0.6090583298258001, -0.58046061332907684, -0.43412624971474389, 0.27072711897002211,
    0.11136280410334609, 0.75151691935241949, -0.15649462229413635, -1.2050881510975604,
    -0.076842553934381774, 1.573635979840079, -0.97208660210677644, -0.13392913222640468,
    0.7397057240690289, 0.43709124808976596, -0.27335415382329686, -0.59122621140659759,
    -0.36848261529722126, -0.022605618790688009, -0.18598818026565755, 0.11743690441799282,
    0.53558315554100688, -0.4666769613769135,
};
const std::vector<double> arcCentreGradient{
    -0.54710428669728894, 0.087195762395907872, 0.055273812171207193, 0.089294500588441628,
    0.63313260271764515, 0.049466879374023498, -0.60107737763684832, -0.39509311678926262,
    0.86859236315498922, 0.92063615448426139, -0.99420150777529426, -1.4368601951501103,
    -0.51620208825111713, 0.11174419064271723, 1.0161049562098974, -0.19348492845548193,
    -1.4608586833899944, 0.37114425875335189, 0.57411072920395401, 0.13887464447291897,
    0.090076544551983273, -0.39477543088632694, -0.93501642776046734, 0.27249313723728408,
};
const std::vector<double> subEmbeddingGradient{
    -1.5727587315326326, 0.66680540921527975, 0.80269460625592026, -0.16974989663988249,
    0.11404164952871426, -0.42457491768439404, -0.18423533948862036, 0.07902865619481414,
    -0.28418853629166263, 0.15808390706727493, 0.77481807562895755, -0.30830623939349222,
    0.38338351764089995, -0.90701969634650081, -0.043393031450303488, 0.52345446086280756,
    -0.61896843119610856, 0.049655480745017633, -0.081460690706044447, -0.013232425811414497,
    0.13184306400743781, 0.061698218347921545, -0.16923665799198198, -0.12227659213060085,
    -0.26090413102207238, 0.043353953901888342, -0.058193704262867296, 0.26602459985337457,
    0.61533288991165602, -0.38453616099882693,
};
const std::vector<double> subCentreGradient{
    -0.091935397832814125, -0.72411939412821114, -0.264404452098155, 1.0911173470485123,
    0.88156545299384326, -1.1096277238049477, -0.055125119169023018, -0.0071245989548186783,
    -0.022883633297460446, -0.045582209035449295, 0.089391775011287464, 0.11000191661817234,
    0.39218135564221213, -0.21142506152980611, 0.09289777757363632, 0.046698643744258028,
    -0.53252879865003022, 0.21674667348128507, -0.059750859264233014, -0.10677026698098235,
    -0.066852025035948726, 0.28026638861005138, 0.22594547308805468, -0.41102642195697786,
    -5.1073815111376278e-09, -2.0551623029951403e-08, 1.2029063250048234e-08, 1.6500295924899108e-08,
    -1.7586278698363354e-08, -1.0577327021447888e-08, -0.33421493523710472, 0.27422035502257042,
    0.92216959936238074, -0.10360010737809033, -1.4967292282778066, -0.067922631019830593,
    0.33729390567291817, -0.14254819361724852, -0.15719115544990173, -0.027550702450058251,
    -0.087606511329192449, 0.14816598642715961, 0.4227394808959487, 0.413791714023382,
    0.46374188041128228, -0.15856892453794602, -0.76271389736567619, 0.26888178948079955,
};
const std::vector<double> focalGradient{
    5.4263366408970031, 5.4019442490114056, 9.1431525747643306e-14, 1.5139088947011423e-26,
    1.9958225849253766e-10, 5.3392172050686773, 0.00029355221800918339, 8.8035582685922482e-26,
    1.7267340400325478e-15, 5.3948825759771477, 5.47785260105774, 3.0199801821884013e-19,
    7.5527872750226913e-23, 6.0179807920442485, 5.3673669429968154,
};
const std::vector<double> adamMatrix{
    0.13947714986531809, 0.9608636639486845, 0.41338870796766058, -0.77305372889001589,
    0.73751743798738811, 0.73216108062604823, -0.49583019626701585, -0.89423630095684525,
    0.96513845717730329, 0.087473275798913147, -0.96071422656219241, -0.19240124363218608,
};
const std::vector<double> adamVector{
    0.27611586704401014, 0.76787912076434139, -0.026152706626100145, -0.73168666028175766,
};

torch::Tensor classes(std::vector<std::int64_t> labels) { return torch::tensor(labels, torch::kLong); }

} // namespace

class TestLosses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void batchHardTripletMatchesTheReference_data();
    void batchHardTripletMatchesTheReference();
    void equalPhotosGiveNoNaN();
    void batchWithoutPairsHasZeroLossAndGradient();
    void arcFaceMatchesTheReference();
    void subCentreArcFaceMatchesTheReference();
    void arcFaceStaysFiniteAtItsPoles();
    void rarerClassesGetLargerMargins();
    void focalNegativesMatchTheReference();
    void optimizerMatchesTheReference();
    void clippingBoundsTheJointNorm();
    void rateWarmsUpAndFadesOut();
    void badStepsAreSkippedThenSlowedThenStopped();
};

void TestLosses::batchHardTripletMatchesTheReference_data()
{
    QTest::addColumn<double>("sharpness");
    QTest::addColumn<double>("loss");
    QTest::addColumn<bool>("ten");
    QTest::newRow("soft margin of the paper") << 1.0 << 0.63226568841329445 << false;
    QTest::newRow("ten times sharper") << 10.0 << 0.20208615702108568 << true;
}

void TestLosses::batchHardTripletMatchesTheReference()
{
    QFETCH(double, sharpness);
    QFETCH(double, loss);
    QFETCH(bool, ten);
    torch::Tensor embeddings = wave(9, 4, 0.2);
    embeddings[1] = embeddings[0];
    embeddings.set_requires_grad(true);
    const TripletResult result = batchHardTriplet(embeddings, classes({0, 0, 1, 1, 1, 2, 2, -1, 3}),
                                                  {Distance::Euclidean, TripletForm::softMargin(sharpness)});
    result.loss.backward();
    QVERIFY(std::abs(result.loss.item<double>() - loss) < 1e-12);
    QVERIFY(largestDifference(embeddings.grad(), ten ? softTenGradient : softOneGradient) < 1e-11);
    QCOMPARE(result.hardestPositive.numel(), std::int64_t{7}); // the lone individual and the unidentified photo are no anchors
    QVERIFY(std::abs(result.activeShare.item<double>() - 3.0 / 7.0) < 1e-12);
}

void TestLosses::equalPhotosGiveNoNaN()
{
    for (const auto type : {torch::kFloat, torch::kDouble}) {
        torch::Tensor embeddings = torch::ones({4, 8}, type).set_requires_grad(true);
        const TripletResult result = batchHardTriplet(embeddings, classes({0, 0, 1, 1}));
        result.loss.backward();
        QVERIFY(std::abs(result.loss.item<double>() - std::log(2.0)) < 1e-6);
        QVERIFY(torch::isfinite(embeddings.grad()).all().item<bool>());
    }
}

void TestLosses::batchWithoutPairsHasZeroLossAndGradient()
{
    torch::Tensor embeddings = wave(3, 4, 0.2).set_requires_grad(true);
    const TripletResult result = batchHardTriplet(embeddings, classes({0, 1, -1}));
    result.loss.backward();
    QCOMPARE(result.loss.item<double>(), 0.0);
    QCOMPARE(embeddings.grad().abs().max().item<double>(), 0.0);
    QCOMPARE(result.hardestPositive.numel(), std::int64_t{0});
}

void TestLosses::arcFaceMatchesTheReference()
{
    torch::Tensor embeddings = wave(5, 6, 0.4);
    torch::Tensor centres = wave(4, 6, 2.1);
    centres[3] = embeddings[4] * -1.5 + 0.05; // past pi with its margin
    embeddings.set_requires_grad(true);
    centres.set_requires_grad(true);
    const torch::Tensor labels = classes({0, 1, 2, 0, 3});
    const torch::Tensor margins = torch::tensor({0.15, 0.3, 0.4, 0.5}, torch::kDouble).index_select(0, labels);
    const torch::Tensor logits = arcFaceLogits(subCentreCosines(embeddings, centres, 1), labels, margins, 16);
    const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
    loss.backward();
    QVERIFY(std::abs(loss.item<double>() - 20.604980803485695) < 1e-11);
    QVERIFY(largestDifference(embeddings.grad(), arcEmbeddingGradient) < 1e-10);
    QVERIFY(largestDifference(centres.grad(), arcCentreGradient) < 1e-10);
}

void TestLosses::subCentreArcFaceMatchesTheReference()
{
    torch::Tensor embeddings = wave(5, 6, 0.4);
    torch::Tensor centres = wave(8, 6, 2.1);
    centres[6] = embeddings[4] * -1.5 + 0.05;
    centres[7] = embeddings[4] * -0.7 - 0.04;
    embeddings.set_requires_grad(true);
    centres.set_requires_grad(true);
    const torch::Tensor labels = classes({0, 1, 2, 0, 3});
    const torch::Tensor margins = torch::tensor({0.15, 0.3, 0.4, 0.5}, torch::kDouble).index_select(0, labels);
    const torch::Tensor logits = arcFaceLogits(subCentreCosines(embeddings, centres, 2), labels, margins, 16);
    const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
    loss.backward();
    QVERIFY(std::abs(loss.item<double>() - 19.797871904707428) < 1e-11);
    QVERIFY(largestDifference(embeddings.grad(), subEmbeddingGradient) < 1e-10);
    QVERIFY(largestDifference(centres.grad(), subCentreGradient) < 1e-10);
}

void TestLosses::arcFaceStaysFiniteAtItsPoles()
{
    ArcFace arcFace(std::vector<std::int64_t>{3, 1}, ArcFaceOptions{4, 2, 24, 0.2, 0.4});
    {
        const torch::NoGradGuard noGradient;
        arcFace->centres.fill_(1);
        arcFace->centres[2].fill_(-1);
        arcFace->centres[3].fill_(-1);
    }
    torch::Tensor embeddings = torch::ones({2, 4}, torch::kFloat).set_requires_grad(true);
    const torch::Tensor loss = arcFace->loss(arcFace->cosines(embeddings), classes({0, 1}));
    loss.backward();
    QVERIFY(std::isfinite(loss.item<double>()));
    QVERIFY(torch::isfinite(embeddings.grad()).all().item<bool>());
    QVERIFY(torch::isfinite(arcFace->centres.grad()).all().item<bool>());
}

void TestLosses::rarerClassesGetLargerMargins()
{
    const std::vector<double> expected{0.4, 0.4, 0.33054829097505944, 0.2553989089111004, 0.15};
    QVERIFY(largestDifference(dynamicMargins({1, 1, 2, 5, 30}, 0.15, 0.4), expected) < 1e-12);
    QVERIFY(largestDifference(dynamicMargins({4, 4}, 0.1, 0.3), {0.2, 0.2}) < 1e-12);
}

void TestLosses::focalNegativesMatchTheReference()
{
    torch::Tensor cosines = (wave(3, 5, 0.9) * 0.95).detach().set_requires_grad(true);
    const torch::Tensor loss = focalNegativeLoss(cosines, {16, 0.35, 2});
    loss.backward();
    QVERIFY(std::abs(loss.item<double>() - 15.005410192593166) < 1e-11);
    QVERIFY(largestDifference(cosines.grad(), focalGradient) < 1e-10);
    QCOMPARE(focalNegativeLoss(torch::zeros({0, 5})).item<double>(), 0.0);
}

void TestLosses::optimizerMatchesTheReference()
{
    torch::Tensor matrix = wave(3, 4, 0.3).to(torch::kFloat).set_requires_grad(true);
    torch::Tensor vector = wave(1, 4, 0.5)[0].to(torch::kFloat).set_requires_grad(true);
    AdamWOptions options;
    options.weightDecay = 0.1;
    AdamW optimizer(options);
    optimizer.add("matrix", matrix, 1);
    optimizer.add("vector", vector, 2); // twice half the rate
    for (int step = 0; step < 5; ++step) {
        optimizer.zeroGradients();
        const torch::Tensor first = (matrix * wave(3, 4, 1 + step).to(torch::kFloat)).sin().sum();
        const torch::Tensor second = (vector * wave(1, 4, 2 + step)[0].to(torch::kFloat)).square().sum();
        (first + second).backward();
        optimizer.slots()[0].rateFactor = 2;
        optimizer.step(0.025);
    }
    QVERIFY(largestDifference(matrix.detach(), adamMatrix) < 2e-6);
    QVERIFY(largestDifference(vector.detach(), adamVector) < 2e-6);
}

void TestLosses::clippingBoundsTheJointNorm()
{
    torch::Tensor a = torch::zeros({2}).set_requires_grad(true);
    torch::Tensor b = torch::zeros({1, 1}).set_requires_grad(true);
    AdamW optimizer(AdamWOptions{});
    optimizer.add("a", a, 1);
    optimizer.add("b", b, 1);
    (a.sum() * 2 + b.sum() * 1).backward();
    QVERIFY(std::abs(optimizer.clipGradients(0) - 3) < 1e-6);
    QVERIFY(std::abs(optimizer.clipGradients(1.5) - 3) < 1e-6);
    QVERIFY(largestDifference(a.grad(), {1, 1}) < 1e-6);
    QVERIFY(largestDifference(b.grad(), {0.5}) < 1e-6);
}

void TestLosses::rateWarmsUpAndFadesOut()
{
    const Schedule schedule{4, 104, 0.1};
    QCOMPARE(schedule.factor(0), 0.25);
    QCOMPARE(schedule.factor(3), 1.0);
    QCOMPARE(schedule.factor(4), 1.0);
    QVERIFY(std::abs(schedule.factor(54) - 0.55) < 1e-12);
    QVERIFY(std::abs(schedule.factor(104) - 0.1) < 1e-12);
    QVERIFY(std::abs(schedule.factor(500) - 0.1) < 1e-12);
}

void TestLosses::badStepsAreSkippedThenSlowedThenStopped()
{
    using Action = NonFiniteGuard::Action;
    NonFiniteGuard guard;
    QCOMPARE(guard.judge(false), Action::Skip);
    QCOMPARE(guard.judge(true), Action::Proceed);
    QCOMPARE(guard.rateFactor, 1.0);
    for (int round = 1; round <= NonFiniteGuard::halvings; ++round) {
        QCOMPARE(guard.judge(false), Action::Skip);
        QCOMPARE(guard.judge(false), Action::Skip);
        QCOMPARE(guard.judge(false), Action::HalveRate);
        QCOMPARE(guard.rateFactor, std::pow(0.5, round));
    }
    QCOMPARE(guard.judge(false), Action::Skip);
    QCOMPARE(guard.judge(false), Action::Skip);
    QCOMPARE(guard.judge(false), Action::Stop);
}

QTEST_GUILESS_MAIN(TestLosses)
#include "tst_losses.moc"
