// Reduced precision: the activation whose gradient exists in it, and the choice at a run's start.
#include "core/learning/embedding/cpu_features.h"
#include "core/learning/networks/relu6.h"
#include "core/learning/training/precision.h"

#include <QtTest>

#include <torch/torch.h>

#include <ATen/CPUGeneratorImpl.h>

using namespace flukeprint::learning;

Q_DECLARE_METATYPE(at::ScalarType)

class PrecisionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void relu6IsLibTorchsInEveryLayout_data();
    void relu6IsLibTorchsInEveryLayout();
    void relu6PassesNoGradientAtItsBounds();
    void whatIsToldIsNotMeasured();
    void measuringLeavesTheNetworkAndRandomNumbersAlone();
};

void PrecisionTest::relu6IsLibTorchsInEveryLayout_data()
{
    QTest::addColumn<at::ScalarType>("type");
    QTest::addColumn<bool>("channelsLast");
    for (const bool channelsLast : {false, true}) {
        QTest::addRow("double, %d", channelsLast) << at::kDouble << channelsLast;
        QTest::addRow("float, %d", channelsLast) << at::kFloat << channelsLast;
        QTest::addRow("bfloat16, %d", channelsLast) << at::kBFloat16 << channelsLast;
    }
}

void PrecisionTest::relu6IsLibTorchsInEveryLayout()
{
    QFETCH(at::ScalarType, type);
    QFETCH(bool, channelsLast);
    torch::manual_seed(3);
    const auto layout = channelsLast ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    const torch::Tensor values = (torch::randn({3, 5, 7, 9}) * 6).to(type).contiguous(layout);
    const torch::Tensor weights = torch::randn({3, 5, 7, 9}).to(type);
    // LibTorch has no such gradient in bfloat16: the reference is computed in double precision, from the rounded numbers.
    torch::Tensor expectedInput = values.to(at::kDouble).clone().set_requires_grad(true);
    const torch::Tensor expected = torch::hardtanh(expectedInput, 0, 6);
    (expected * weights.to(at::kDouble)).sum().backward();

    torch::Tensor input = values.clone().set_requires_grad(true);
    const torch::Tensor output = relu6_(input * 1);
    for (const bool sameLayout : {true, false}) {
        input.mutable_grad() = torch::Tensor();
        const torch::Tensor incoming = sameLayout ? weights.contiguous(layout) : weights.transpose(2, 3).contiguous().transpose(2, 3);
        output.backward(incoming, true);
        QVERIFY(output.to(at::kDouble).equal(expected));
        QCOMPARE(input.grad().scalar_type(), type);
        QVERIFY(input.grad().to(at::kDouble).equal(expectedInput.grad()));
    }
}

void PrecisionTest::relu6PassesNoGradientAtItsBounds()
{
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
        torch::Tensor input = torch::tensor({-1.0, -0.0, 0.0, 0.5, 5.9, 6.0, 6.1}, torch::kDouble).to(type).set_requires_grad(true);
        relu6_(input * 1).sum().backward();
        QVERIFY(input.grad().to(at::kDouble).equal(torch::tensor({0, 0, 0, 1, 1, 0, 0}, torch::kDouble)));
    }
}

void PrecisionTest::whatIsToldIsNotMeasured()
{
    EmbeddingNetwork network = makeNetwork(NetworkOptions{}).value();
    const BatchShape impossible{4, 0, 0}; // no photo of this size could be passed through
    QVERIFY(!choosesBfloat16("fp32", network, impossible, torch::kCPU));
    QCOMPARE(choosesBfloat16("bf16", network, impossible, torch::kCPU), cpuMultipliesBfloat16());
}

void PrecisionTest::measuringLeavesTheNetworkAndRandomNumbersAlone()
{
    for (const char *architecture : {"mobilenet_v2", "siamese_cnn"}) { // the latter drops out at random
        NetworkOptions options;
        options.architecture = architecture;
        options.pooling = Pooling::Average;
        options.trunkDropout = std::string(architecture) == "siamese_cnn" ? 0.3 : 0;
        EmbeddingNetwork network = makeNetwork(options).value();
        EmbeddingNetwork before = copyNetwork(network);
        const at::Tensor state = at::detail::getDefaultCPUGenerator().get_state();
        const bool chosen = choosesBfloat16("auto", network, {8, 64, 64}, torch::kCPU);
        QVERIFY(!chosen || cpuMultipliesBfloat16());
        QVERIFY(at::detail::getDefaultCPUGenerator().get_state().equal(state));
        const auto now = namedTensors(network);
        const auto then = namedTensors(before);
        for (std::size_t i = 0; i < now.size(); ++i) {
            QVERIFY2(now[i].second.equal(then[i].second), now[i].first.c_str());
            QVERIFY(!now[i].second.grad().defined());
        }
    }
}

QTEST_GUILESS_MAIN(PrecisionTest)
#include "tst_precision.moc"
