#!/usr/bin/env bash
# Training step and embedding against PyTorch (Debian: python3-torch, python3-torchvision) on the same machine, each pair one after the
# other in this run, twice; then mining against the machine's own matrix rate. Prints a Markdown table.
#   tests/bench/learning_speed.sh [THREADS [SECONDS [MINED_PHOTOS]]]     default: all cores, 10 seconds a figure, 100,000 photos
# Environment: DEVICE, cpu (default) or cuda: ResNet-50 at 224 too, and the share of the device's matrix rate; no mining;
#              BENCH, the built learning_bench (of a worker-only build on a machine without Qt: build/worker/core/learning/learning_bench);
#              PYTHON, default /usr/bin/python3
set -euo pipefail
cd "$(dirname "$0")/../.."
threads=${1:-$(nproc)}
seconds=${2:-10}
photos=${3:-100000}
device=${DEVICE:-cpu}
bench=${BENCH:-build/release/core/learning/learning_bench}
python=${PYTHON:-/usr/bin/python3}
[ -n "${BENCH:-}" ] || cmake --build build/release --target learning_bench >/dev/null
"$python" -c 'import torch, torchvision' || { echo "PyTorch and torchvision are needed" >&2; exit 1; }
cases=("resnet18 224 224 32" "mobilenet_v2 256 128 32")
[ "$device" = cpu ] || cases=("resnet50 224 224 128" "resnet18 224 224 128" "mobilenet_v2 256 128 128")

echo "| what | network, photo, batch | precision | here, photos/s | PyTorch eager | ratio |"
echo "|---|---|---|---|---|---|"
for what in train embed; do
    for case in "${cases[@]}"; do
        for precision in fp32 bf16; do
            ours=0
            peer=0
            for _ in 1 2; do
                # shellcheck disable=SC2086  # the case is four words
                one=$("$bench" $what $case $precision "$threads" "$seconds" "$device")
                # shellcheck disable=SC2086
                other=$("$python" tests/bench/learning_peer.py $what $case $precision "$threads" "$seconds" "$device" 2>/dev/null)
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
if [ "$device" = cpu ]; then
    "$bench" mine "$photos" 512 "$threads"
else
    # 3 times 4.09 billion multiply-adds for a photo's forward and backward pass through ResNet-50.
    echo "Matrix rate in bf16: $("$bench" matrix bf16 "$threads" "$device") GFLOP/s; ResNet-50 takes 24.5 GFLOP a training photo."
fi
