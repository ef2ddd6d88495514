#include "core/learning/worker/train_entry.h"
#include "core/learning/worker/worker.h"

#include <cstdio>
#include <cstring>

namespace {

constexpr const char *usage =
    "flukeprint-worker reads jobs as lines of JSON from its standard input and answers on its\n"
    "standard output; flukeprint and flukeprint-cli start it. Options: --version, --help.\n"
    "\n"
    "flukeprint-worker --train JOB.json [--resume] trains without a host, alone or as one of\n"
    "several processes that an ordinary launcher starts:\n"
    "  torchrun --no_python --nproc_per_node 2 flukeprint-worker --train RUN/job.json\n"
    "  srun --ntasks 4 flukeprint-worker --train RUN/job.json\n"
    "JOB.json stands in the run's folder ('flukeprint-cli train CATALOGUE --prepare' makes one\n"
    "without training). The processes divide each batch; 0 writes the run folder and reports\n"
    "on its standard output. --resume goes on from the newest checkpoint. Afterwards\n"
    "'flukeprint-cli train CATALOGUE --resume RUN' takes the model into the catalogue.\n"
    "The processes find each other through MASTER_ADDR and MASTER_PORT (behind torchrun: the\n"
    "port after it), without a password: use it in a network that you trust.\n"
    "GLOO_SOCKET_IFNAME names the network interface where the machine's name leads elsewhere;\n"
    "FLUKEPRINT_PEER_TIMEOUT: seconds until a silent process counts as lost (1800).\n";

} // namespace

int main(int argc, char **argv)
{
    constexpr int usageError = 2;
    if (argc == 1)
        return flukeprint::learning::runWorker();
    if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
        std::printf("flukeprint-worker %s (%s)\n", FLUKEPRINT_VERSION, flukeprint::learning::runtimeSummary());
        return 0;
    }
    const bool resume = argc == 4 && std::strcmp(argv[3], "--resume") == 0;
    if ((argc == 3 || resume) && std::strcmp(argv[1], "--train") == 0)
        return flukeprint::learning::runTrainFile(argv[2], resume);
    const bool asked = argc == 2 && std::strcmp(argv[1], "--help") == 0;
    std::fputs(usage, asked ? stdout : stderr);
    return asked ? 0 : usageError;
}
