#include "core/learning/worker/worker.h"

#include <cstdio>
#include <cstring>

namespace {

constexpr const char *usage =
    "flukeprint-worker reads jobs as lines of JSON from its standard input and answers on its\n"
    "standard output; flukeprint and flukeprint-cli start it. Options: --version, --help.\n";

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
    const bool asked = argc == 2 && std::strcmp(argv[1], "--help") == 0;
    std::fputs(usage, asked ? stdout : stderr);
    return asked ? 0 : usageError;
}
