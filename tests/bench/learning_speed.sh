#!/usr/bin/env bash
# Training step and embedding against Debian's PyTorch (python3-torch, python3-torchvision) on this machine's CPU, each pair one after the
# other in this run, twice; then mining against the machine's own matrix rate. Prints a Markdown table.
#   tests/bench/learning_speed.sh [THREADS [SECONDS [MINED_PHOTOS]]]     default: all cores, 10 seconds a figure, 100,000 photos
set -euo pipefail
cd "$(dirname "$0")/../.."
threads=${1:-$(nproc)}
seconds=${2:-10}
photos=${3:-100000}
cmake --build build/release --target learning_bench >/dev/null
bench=build/release/tests/learning/learning_bench
python=/usr/bin/python3
"$python" -c 'import torch, torchvision' || { echo "python3-torch and python3-torchvision are needed" >&2; exit 1; }

echo "| what | network, photo, batch | precision | here, photos/s | PyTorch eager | ratio |"
echo "|---|---|---|---|---|---|"
for what in train embed; do
    for case in "resnet18 224 224 32" "mobilenet_v2 256 128 32"; do
        for precision in fp32 bf16; do
            ours=0
            peer=0
            for _ in 1 2; do
                # shellcheck disable=SC2086  # the case is four words
                one=$("$bench" $what $case $precision "$threads" "$seconds")
                # shellcheck disable=SC2086
                other=$("$python" tests/bench/learning_peer.py $what $case $precision "$threads" "$seconds" 2>/dev/null)
                ours=$(echo "$ours $one" | awk '{ print ($1 > $2) ? $1 : $2 }')
                peer=$(echo "$peer $other" | awk '{ print ($1 > $2) ? $1 : $2 }')
            done
            echo "$ours $peer" | awk -v what="$what" -v case="$case" -v precision="$precision" '{
                ratio = ($2 > 0) ? sprintf("%.2f", $1 / $2) : "it has none"
                printf "| %s | %s | %s | %.1f | %.1f | %s |\n", what, case, precision, $1, $2, ratio }'
        done
    done
done
echo
"$bench" mine "$photos" 512 "$threads"
