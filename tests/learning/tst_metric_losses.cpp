#include "core/learning/losses/pair_losses.h"
#include "core/learning/losses/triplet.h"
#include "tests/learning/metric_loss_references.h"
#include "tests/learning/reference_values.h"

#include <QtTest>

#include <torch/torch.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

using namespace flukeprint::learning;
using reference::Reference;
using reference::largestDifference;
using reference::wave;

Q_DECLARE_METATYPE(Reference)

namespace {

torch::Tensor gradientsOf(const std::vector<torch::Tensor> &inputs)
{
    std::vector<torch::Tensor> flat;
    for (const torch::Tensor &input : inputs)
        flat.push_back(input.grad().flatten());
    return torch::cat(flat);
}

torch::Tensor learning(torch::Tensor values)
{
    return values.detach().clone().set_requires_grad(true);
}
torch::Tensor classes(const std::vector<std::int64_t> &labels)
{
    return torch::tensor(labels, torch::kLong);
}
torch::Tensor flags(const std::vector<std::int64_t> &values)
{
    return classes(values) == 1;
}

/// Nine photos, the first two of them equal.
torch::Tensor batch()
{
    torch::Tensor embeddings = wave(9, 3, 0.2);
    embeddings[1] = embeddings[0];
    return learning(embeddings);
}

const std::vector<std::int64_t> batchLabels{0, 0, 1, 1, 1, 2, 2, -1, 3};

void addRows(const std::vector<Reference> &references)
{
    QTest::addColumn<Reference>("expected");
    for (const Reference &expected : references)
        QTest::newRow(expected.name) << expected;
}

template<typename Outcome>
void compare(const Outcome &result, const std::vector<torch::Tensor> &inputs, const Reference &expected)
{
    const torch::Tensor loss = result.loss;
    const torch::Tensor activeShare = result.activeShare;
    loss.backward();
    QVERIFY(std::abs(loss.item<double>() - expected.loss) < 1e-12);
    QVERIFY(std::abs(activeShare.item<double>() - expected.activeShare) < 1e-12);
    QVERIFY(largestDifference(gradientsOf(inputs), expected.gradient) < 1e-12);
}

using BatchLoss = TripletResult (*)(const torch::Tensor &, const torch::Tensor &, const TripletOptions &);

TripletResult contrastAll(const torch::Tensor &embeddings, const torch::Tensor &labels, const TripletOptions &)
{
    return supervisedContrastive(embeddings, labels, 0.1);
}

} // namespace

class TestMetricLosses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givenTripletsMatchTheReference_data() { addRows(reference::tripletRows); }
    void givenTripletsMatchTheReference();
    void batchHardMatchesTheReference_data() { addRows(reference::batchHard); }
    void batchHardMatchesTheReference();
    void batchAllMatchesTheReference_data() { addRows(reference::batchAll); }
    void batchAllMatchesTheReference();
    void semiHardMatchesTheReference_data() { addRows(reference::semiHard); }
    void semiHardMatchesTheReference();
    void semiHardIsTensorFlows();
    void supervisedContrastiveMatchesTheReference();
    void contrastiveMatchesTheReference();
    void pairHeadMatchesTheReference();
    void pairHeadDoesNotMindTheOrder();
    void hardestDistancesAreThoseOfTheAnchors();
    void aCappedTripletPullsNoMore();
    void collapsedPhotosGiveFiniteGradients_data();
    void collapsedPhotosGiveFiniteGradients();
    void nothingToCompareCostsNothing();
};

void TestMetricLosses::givenTripletsMatchTheReference()
{
    QFETCH(Reference, expected);
    const torch::Tensor start = wave(5, 3, 0.2);
    const torch::Tensor anchors = learning(start);
    const torch::Tensor positives =
        learning(start + wave(5, 3, 2.0) * torch::arange(5).view({5, 1}) * 0.3); // the first equals its anchor
    const torch::Tensor negatives = learning(start + wave(5, 3, 0.9) * 0.6);
    const TripletResult result = tripletLoss(anchors, positives, negatives, {expected.distance, expected.form});
    compare(result, {anchors, positives, negatives}, expected);
    QCOMPARE(result.hardestPositive.numel(), std::int64_t{5});
    QVERIFY(std::abs(result.hardestPositive[0].item<double>()) < 1e-12);
}

void TestMetricLosses::batchHardMatchesTheReference()
{
    QFETCH(Reference, expected);
    const torch::Tensor embeddings = batch();
    compare(batchHardTriplet(embeddings, classes(batchLabels), {expected.distance, expected.form}), {embeddings},
            expected);
}

void TestMetricLosses::batchAllMatchesTheReference()
{
    QFETCH(Reference, expected);
    const torch::Tensor embeddings = batch();
    compare(batchAllTriplet(embeddings, classes(batchLabels), {expected.distance, expected.form}), {embeddings},
            expected);
}

void TestMetricLosses::semiHardMatchesTheReference()
{
    QFETCH(Reference, expected);
    const torch::Tensor embeddings = batch();
    compare(semiHardTriplet(embeddings, classes(batchLabels), {expected.distance, expected.form}), {embeddings},
            expected);
}

void TestMetricLosses::semiHardIsTensorFlows()
{
    const torch::Tensor embeddings = batch();
    compare(semiHardTriplet(embeddings, classes({0, 0, 1, 1, 1, 2, 2, 3, 3})), {embeddings},
            reference::tensorflowSemiHard.front());
}

void TestMetricLosses::supervisedContrastiveMatchesTheReference()
{
    const torch::Tensor embeddings = batch();
    const TripletResult result = supervisedContrastive(embeddings, classes(batchLabels), 0.1);
    compare(result, {embeddings}, reference::supervisedContrastive.front());
    QCOMPARE(result.hardestPositive.numel(), std::int64_t{7}); // not the stranger, nor who has one photo
}

void TestMetricLosses::contrastiveMatchesTheReference()
{
    torch::Tensor start = wave(6, 3, 0.9);
    start.narrow(0, 0, 2).copy_(wave(2, 3, 0.2)); // one equal pair of an individual, one of two
    const torch::Tensor a = learning(wave(6, 3, 0.2));
    const torch::Tensor b = learning(start);
    compare(contrastiveLoss(a, b, flags({1, 0, 1, 0, 0, 1}), 1.2), {a, b}, reference::contrastive.front());
}

void TestMetricLosses::pairHeadMatchesTheReference()
{
    PairHead head(3, 2);
    head->to(torch::kDouble);
    const std::vector<torch::Tensor> values{wave(2, 4, 0.3),    wave(1, 2, 0.5)[0], wave(1, 2, 0.7),
                                            wave(1, 1, 0.9)[0], wave(1, 3, 1.1),    wave(1, 1, 1.3)[0]};
    std::vector<torch::Tensor> parameters = head->parameters();
    QCOMPARE(parameters.size(), values.size());
    torch::Tensor start = wave(4, 3, 1.0);
    {
        const torch::NoGradGuard noGradient;
        for (std::size_t i = 0; i < values.size(); ++i)
            parameters[i].copy_(values[i]);
        start[0] = wave(1, 3, 0.2)[0];
    }
    std::vector<torch::Tensor> inputs{learning(wave(4, 3, 0.2)), learning(start)};
    const PairResult result = pairHeadLoss(head->forward(inputs[0], inputs[1]), flags({1, 0, 0, 1}));
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    compare(result, inputs, reference::pairHead.front());
}

void TestMetricLosses::pairHeadDoesNotMindTheOrder()
{
    torch::manual_seed(4);
    PairHead head(6);
    const torch::Tensor a = wave(5, 6, 0.2).to(torch::kFloat);
    const torch::Tensor b = wave(5, 6, 1.7).to(torch::kFloat);
    QVERIFY(torch::allclose(head->forward(a, b), head->forward(b, a), 1e-5, 1e-6));
    QVERIFY(!torch::allclose(head->forward(a, b), head->forward(a, a)));
}

void TestMetricLosses::hardestDistancesAreThoseOfTheAnchors()
{
    // On a line: whale 0 at 0 and 3, whale 1 at 1 and 5, a stranger at 2.
    const torch::Tensor embeddings = torch::tensor({{0.0}, {3.0}, {1.0}, {5.0}, {2.0}}, torch::kDouble);
    const torch::Tensor labels = classes({0, 0, 1, 1, -1});
    for (const BatchLoss loss : {BatchLoss(batchHardTriplet), BatchLoss(batchAllTriplet), BatchLoss(semiHardTriplet)}) {
        const TripletResult result = loss(embeddings, labels, {Distance::Euclidean, TripletForm::hinge(0.5)});
        QVERIFY(largestDifference(result.hardestPositive, {3, 3, 4, 4}) < 1e-9);
        QVERIFY(largestDifference(result.hardestNegative, {1, 1, 1, 2}) < 1e-9);
    }
}

void TestMetricLosses::aCappedTripletPullsNoMore()
{
    const torch::Tensor anchor = torch::zeros({2, 1}, torch::kDouble);
    const torch::Tensor positive = learning(torch::tensor({{9.0}, {1.0}}, torch::kDouble));
    const torch::Tensor negative = torch::ones({2, 1}, torch::kDouble);
    const TripletResult result =
        tripletLoss(anchor, positive, negative, {Distance::Euclidean, TripletForm::cappedHinge(2, 5)});
    result.loss.backward();
    QCOMPARE(result.loss.item<double>(), (5.0 + 2.0) / 2);
    QVERIFY(largestDifference(positive.grad(), {0, 0.5}) < 1e-12);
}

void TestMetricLosses::collapsedPhotosGiveFiniteGradients_data()
{
    QTest::addColumn<int>("distance");
    QTest::addColumn<double>("value");
    for (const Distance distance : {Distance::Euclidean, Distance::SquaredEuclidean, Distance::Cosine}) {
        for (const double value : {0.0, 0.6, 1e-20}) {
            QTest::addRow("distance %d, all %g", static_cast<int>(distance), value)
                << static_cast<int>(distance) << value;
        }
    }
}

void TestMetricLosses::collapsedPhotosGiveFiniteGradients()
{
    QFETCH(int, distance);
    QFETCH(double, value);
    for (const auto type : {torch::kFloat, torch::kDouble}) {
        for (const BatchLoss loss :
             {BatchLoss(batchHardTriplet), BatchLoss(batchAllTriplet), BatchLoss(semiHardTriplet), BatchLoss(contrastAll)}) {
            torch::Tensor embeddings = torch::full({4, 8}, value, type).set_requires_grad(true);
            loss(embeddings, classes({0, 0, 1, 1}), {Distance(distance), TripletForm::hinge(0.3)}).loss.backward();
            QVERIFY(embeddings.grad().abs().max().item<double>() < 10);
        }
        torch::Tensor rows = torch::full({4, 8}, value, type).set_requires_grad(true);
        tripletLoss(rows, rows.detach(), rows.detach(), {Distance(distance), TripletForm::hinge(0.3)}).loss.backward();
        QVERIFY(rows.grad().abs().max().item<double>() < 10);
    }
}

void TestMetricLosses::nothingToCompareCostsNothing()
{
    for (const BatchLoss loss :
         {BatchLoss(batchHardTriplet), BatchLoss(batchAllTriplet), BatchLoss(semiHardTriplet), BatchLoss(contrastAll)}) {
        const torch::Tensor embeddings = learning(wave(3, 4, 0.2));
        const TripletResult result = loss(embeddings, classes({0, 1, -1}), {});
        result.loss.backward();
        QCOMPARE(result.loss.item<double>(), 0.0);
        QCOMPARE(embeddings.grad().abs().max().item<double>(), 0.0);
        QCOMPARE(result.hardestPositive.numel(), std::int64_t{0});
        QCOMPARE(result.activeShare.item<double>(), 0.0);
    }
    const torch::Tensor none = torch::zeros({0, 4}, torch::kDouble);
    QCOMPARE(tripletLoss(none, none, none).loss.item<double>(), 0.0);
    QCOMPARE(contrastiveLoss(none, none, flags({})).loss.item<double>(), 0.0);
    QCOMPARE(pairHeadLoss(torch::zeros({0}), flags({})).loss.item<double>(), 0.0);
}

QTEST_GUILESS_MAIN(TestMetricLosses)
#include "tst_metric_losses.moc"
