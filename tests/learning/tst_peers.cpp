// How processes find each other, divide a batch, and put their numbers together.
#include "core/learning/distributed/joint_batch.h"
#include "core/learning/distributed/launch.h"
#include "core/learning/distributed/peers.h"
#include "core/learning/networks/joint_norm.h"
#include "tests/learning/as_processes.h"

#include <QTest>

#include <torch/torch.h>

#include <map>

using namespace flukeprint;
using namespace flukeprint::learning;

namespace {

using Variables = std::map<std::string, std::string>;

EnvironmentLookup lookupIn(const Variables &variables)
{
    return [&variables](const char *name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    };
}

Result<std::optional<LaunchPlace>> placeIn(const Variables &variables) { return readLaunchPlace(lookupIn(variables)); }

double difference(const torch::Tensor &a, const torch::Tensor &b) { return (a - b).abs().max().item<double>(); }

} // namespace

class TestPeers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void launchersAreUnderstood();
    void startedAnew();
    void aPlaceThatCannotBeIsNamed_data();
    void aPlaceThatCannotBeIsNamed();
    void firstMachineOfAList();
    void sharesHaveEveryRowOnceAndCutNoIndividual();
    void numbersComeTogether();
    void rowsJoinInTheOrderOfTheBatch();
    void jointNormIsTheNormOfTheJointBatch();
    void nobodyThereIsPeerLost();
};

void TestPeers::launchersAreUnderstood()
{
    QVERIFY(!placeIn({})->has_value());
    QVERIFY(!placeIn({{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "1"}})->has_value());
    Variables torchrun{{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "1"}, {"LOCAL_WORLD_SIZE", "4"}, {"MASTER_ADDR", "gpu1"},
                       {"MASTER_PORT", "29500"}, {"SLURM_PROCID", "3"}};
    auto place = placeIn(torchrun);
    QVERIFY(place.ok() && place->has_value());
    QCOMPARE((*place)->rank, 5);
    QCOMPARE((*place)->size, 8);
    QCOMPARE((*place)->localRank, 1);
    QCOMPARE((*place)->localSize, 4);
    QCOMPARE((*place)->address, std::string("gpu1"));
    QCOMPARE((*place)->port, std::uint16_t{29500});
    torchrun["TORCHELASTIC_USE_AGENT_STORE"] = "True"; // torchrun itself listens there
    QCOMPARE((*placeIn(torchrun))->port, std::uint16_t{29501});

    Variables slurm{{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "16"}, {"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_LOCALID", "0"},
                    {"SLURM_STEP_NODELIST", "gpu[03-05,7],login"}, {"SLURM_JOB_ID", "1234567"},
                    {"SLURM_STEP_TASKS_PER_NODE", "1,2(x2)"}, {"SLURM_CPUS_PER_TASK", "6"}};
    place = placeIn(slurm);
    QVERIFY(place.ok() && place->has_value());
    QCOMPARE((*place)->rank, 2);
    QCOMPARE((*place)->size, 4);
    QCOMPARE((*place)->address, std::string("gpu03"));
    QCOMPARE((*place)->localSize, 2);
    QCOMPARE((*place)->cores, 6);
    const std::uint16_t port = (*place)->port;
    QVERIFY(port >= 20000 && port < 40000);
    slurm["SLURM_PROCID"] = "3";
    QCOMPARE((*placeIn(slurm))->port, port); // all of a job agree
    slurm["MASTER_ADDR"] = "10.0.0.7";
    slurm["MASTER_PORT"] = "4711";
    QCOMPARE((*placeIn(slurm))->address, std::string("10.0.0.7"));
    QCOMPARE((*placeIn(slurm))->port, std::uint16_t{4711});
    slurm.erase("SLURM_STEP_NUM_TASKS"); // a batch script without srun would wait for others that nobody starts
    QVERIFY(!placeIn(slurm)->has_value());
}

void TestPeers::startedAnew()
{
    const auto restarted = [](const Variables &variables) { return wasRestarted(lookupIn(variables)); };
    QVERIFY(!restarted({}));
    QVERIFY(!restarted({{"TORCHELASTIC_RESTART_COUNT", "0"}}));
    QVERIFY(restarted({{"TORCHELASTIC_RESTART_COUNT", "2"}}));
    QVERIFY(restarted({{"SLURM_RESTART_COUNT", "1"}}));
}

void TestPeers::aPlaceThatCannotBeIsNamed_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    QTest::newRow("rank beyond") << "RANK" << "4";
    QTest::newRow("rank below") << "RANK" << "-1";
    QTest::newRow("no number") << "WORLD_SIZE" << "four";
    QTest::newRow("no address") << "MASTER_ADDR" << "";
    QTest::newRow("no port") << "MASTER_PORT" << "";
    QTest::newRow("port too high") << "MASTER_PORT" << "65536";
}

void TestPeers::aPlaceThatCannotBeIsNamed()
{
    QFETCH(QString, name);
    QFETCH(QString, value);
    Variables variables{{"RANK", "1"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "gpu1"}, {"MASTER_PORT", "29500"}};
    variables[name.toStdString()] = value.toStdString();
    const auto place = placeIn(variables);
    QVERIFY(!place.ok());
    QCOMPARE(place.error().code, ErrorCode::InvalidArgument);
    QCOMPARE(place.error().args.at(0), name.toStdString());
}

void TestPeers::firstMachineOfAList()
{
    QCOMPARE(firstMachine("alpha"), std::string("alpha"));
    QCOMPARE(firstMachine("alpha,beta[1-3]"), std::string("alpha"));
    QCOMPARE(firstMachine("gpu[03-05,7],login"), std::string("gpu03"));
    QCOMPARE(firstMachine("rack[2]-node,x"), std::string("rack2-node"));
    QCOMPARE(firstMachine(""), std::string());
    QCOMPARE(firstMachine("gpu[03"), std::string());
}

void TestPeers::sharesHaveEveryRowOnceAndCutNoIndividual()
{
    constexpr std::int64_t together = 3;
    for (const std::int64_t parts : {1, 2, 3, 5}) {
        std::int64_t identified = 0;
        std::int64_t others = 21;
        for (std::int64_t number = 0; number < parts; ++number) {
            const BatchShare share = shareOf(26, 21, together, number, parts);
            QCOMPARE(share.first, identified);
            QCOMPARE(share.firstOther, others);
            QCOMPARE(share.identified() % together, std::int64_t{0});
            QVERIFY(share.identified() > 0);
            QCOMPARE(share.rows(), share.last - share.first + share.lastOther - share.firstOther);
            identified = share.last;
            others = share.lastOther;
        }
        QCOMPARE(identified, std::int64_t{21});
        QCOMPARE(others, std::int64_t{26});
    }
}

void TestPeers::numbersComeTogether()
{
    if (!Peers::areSupported())
        QSKIP("built without Gloo's headers");
    asProcesses(3, [](Peers &peers) {
        torch::Tensor sums = torch::full({2, 2}, peers.rank() + 1.0);
        peers.addUp(sums);
        if (!torch::equal(sums, torch::full({2, 2}, 6.0)))
            throw std::runtime_error("sums");
        if (!torch::equal(peers.gather(torch::full({2}, peers.rank(), torch::kLong)), torch::tensor({{0, 0}, {1, 1}, {2, 2}}, torch::kLong)))
            throw std::runtime_error("gathered");
        // Weights lie in channels_last order.
        torch::Tensor shared = torch::full({1, 2, 2, 2}, peers.rank() + 7.0).contiguous(torch::MemoryFormat::ChannelsLast);
        peers.share({shared});
        if (!torch::equal(shared, torch::full({1, 2, 2, 2}, 7.0)))
            throw std::runtime_error("shared");
        if (peers.any(false) || !peers.any(peers.rank() == 2))
            throw std::runtime_error("votes");
    });
}

void TestPeers::rowsJoinInTheOrderOfTheBatch()
{
    if (!Peers::areSupported())
        QSKIP("built without Gloo's headers");
    const torch::Tensor batch = torch::arange(26, torch::kDouble).unsqueeze(1).repeat({1, 2});
    asProcesses(2, [&batch](Peers &peers) {
        const BatchShare share = shareOf(26, 21, 3, peers.rank(), 2);
        const torch::Tensor own = torch::cat({batch.slice(0, share.first, share.last), batch.slice(0, share.firstOther, share.lastOther)})
                                      .requires_grad_();
        const torch::Tensor joint = JointBatch(peers, 26, 21, 3).joined(own);
        if (!torch::equal(joint, batch))
            throw std::runtime_error("order");
        joint.mul(batch).sum().backward();
        if (!torch::equal(own.grad(), own.detach()))
            throw std::runtime_error("gradient");
    });
}

void TestPeers::jointNormIsTheNormOfTheJointBatch()
{
    if (!Peers::areSupported())
        QSKIP("built without Gloo's headers");
    torch::manual_seed(5);
    const auto numbers = torch::TensorOptions(torch::kDouble);
    const torch::Tensor input = torch::randn({6, 3, 4, 5}, numbers) * 2 + 40; // far from zero
    const torch::Tensor pull = torch::randn({6, 3, 4, 5}, numbers);
    const torch::Tensor weight = torch::rand({3}, numbers) + 0.5;
    const torch::Tensor bias = torch::randn({3}, numbers);

    const torch::Tensor whole = input.clone().requires_grad_();
    const torch::Tensor wholeWeight = weight.clone().requires_grad_();
    const torch::Tensor wholeBias = bias.clone().requires_grad_();
    const torch::Tensor mean = torch::zeros({3}, numbers);
    const torch::Tensor variance = torch::ones({3}, numbers);
    const torch::Tensor expected = torch::batch_norm(whole, wholeWeight, wholeBias, mean, variance, true, 0.1, 1e-5, false);
    (expected * pull).sum().backward();

    asProcesses(2, [&](Peers &peers) {
        // Shares of different size.
        const auto cut = [&](const torch::Tensor &rows) { return peers.rank() == 0 ? rows.slice(0, 0, 4) : rows.slice(0, 4, 6); };
        const torch::Tensor own = cut(input).clone().requires_grad_();
        const torch::Tensor ownWeight = weight.clone().requires_grad_();
        const torch::Tensor ownBias = bias.clone().requires_grad_();
        torch::Tensor ownMean = torch::zeros({3}, numbers);
        torch::Tensor ownVariance = torch::ones({3}, numbers);
        const AddUp addUp = [&peers](torch::Tensor &sums) { peers.addUp(sums); };
        const torch::Tensor normed = jointBatchNorm(own, ownWeight, ownBias, ownMean, ownVariance, 0.1, 1e-5, addUp);
        (normed * cut(pull)).sum().backward();
        torch::Tensor ofParameters = torch::cat({ownWeight.grad(), ownBias.grad()});
        peers.addUp(ofParameters);
        const double worst = std::max({difference(normed, cut(expected)), difference(own.grad(), cut(whole.grad())),
                                       difference(ofParameters, torch::cat({wholeWeight.grad(), wholeBias.grad()})),
                                       difference(ownMean, mean), difference(ownVariance, variance)});
        if (worst > 1e-10)
            throw std::runtime_error("differs by " + std::to_string(worst));
    });
}

void TestPeers::nobodyThereIsPeerLost()
{
    if (!Peers::areSupported())
        QSKIP("built without Gloo's headers");
    LaunchPlace place;
    place.rank = 1;
    place.size = 2;
    place.address = "127.0.0.1";
    place.port = freePort();
    const auto peers = Peers::join(place, torch::kCPU, std::chrono::seconds(1));
    QVERIFY(!peers.ok());
    QCOMPARE(peers.error().code, ErrorCode::PeerLost);
    QCOMPARE(peers.error().args.at(0), std::string("1"));
}

QTEST_GUILESS_MAIN(TestPeers)
#include "tst_peers.moc"
