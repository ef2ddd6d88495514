#!/bin/sh
# Trains the presets that were made for other pictures than flukes on what they were made for, and writes a Markdown report with a picture
# of the embeddings in the plane of their first two principal components; and the default preset on a second species.
#
#   tests/bench/run_pictures.sh mnist|plankton|right_whales [MINUTES]
#
# mnist      semi-hard-mlp on 8,000 of MNIST's test digits (500 of them to choose the epoch); 1-NN accuracy of the other 2,000, radius and
#            separation before and after
# plankton   plankton-curriculum on 20 of 27 classes; nearest centroid of all 27 classes for the test pictures of the seen and of the seven
#            unseen ones, with the table of confusions. MobileNetV2 with ImageNet weights stands for Inception-v3, whose weights are not at hand
# right_whales  flukeprint on aerial photos of right whales' heads, 160 x 160, 20 epochs: 200 individuals trained, 100 never seen; evaluated as a
#            split (closed and disjoint). Dates are not known, so photos of one flight may stand on both sides
# MINUTES    of training (setting `minutes`); default 0: no limit but the epochs, 60 for mnist and the preset's own for plankton
#
# Environment, all optional: CLI, DATA, WEIGHTS, THREADS, DEVICE, SEED, SETTINGS as in run_presets.sh; WORK, default build/bench/pictures;
#            PYTHON, default python3, which needs PIL
set -eu

kind=${1:-}
case $kind in
mnist | plankton | right_whales) ;;
*) sed -n '2,/^set -eu/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 2 ;;
esac
minutes=${2:-0}
root=$(cd "$(dirname "$0")/../.." && pwd)
CLI=${CLI:-$root/build/release/app/flukeprint-cli}
DATA=${DATA:-$root/../shared/data}
WEIGHTS=${WEIGHTS:-$root/../shared/weights}
WORK=${WORK:-$root/build/bench/pictures}/$kind
THREADS=${THREADS:-0}
DEVICE=${DEVICE:-auto}
SEED=${SEED:-1}
SETTINGS=${SETTINGS:-}
PYTHON=${PYTHON:-python3}
catalogue=$WORK/$kind.flukeprint
mkdir -p "$WORK/no_models"
# Without a model that serves, no run ends with embedding everything once more for a comparison.
export FLUKEPRINT_MODELS="$WORK/no_models"

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }

if [ ! -e "$WORK/imported" ]; then
    rm -rf "$catalogue" "$WORK/photos"
    say "preparing pictures"
    "$PYTHON" "$root/tests/bench/prepare_pictures.py" "$kind" "$DATA/$kind" "$WORK"
    "$CLI" init "$catalogue" > "$WORK/init.log"
    say "importing"
    "$CLI" import "$catalogue" "$WORK/photos" --labels "$WORK/labels.csv" --boxes "$WORK/boxes.csv" --json > "$WORK/import.json" 2> "$WORK/import.log"
    touch "$WORK/imported"
fi

start="--start-model $WEIGHTS/mobilenetv2_imagenet.safetensors"
case $kind in
mnist) preset="--preset semi-hard-mlp --from-scratch --set epochs=60" ;;
plankton) preset="--preset plankton-curriculum --set network=mobilenet_v2 $start" ;;
*) preset="--preset flukeprint --set input_width=160 --set input_height=160 --set epochs=20 --set negatives_per_batch=0 $start" ;;
esac
say "training"
# shellcheck disable=SC2086 # lists of words
"$CLI" train "$catalogue" $preset --set "seed=$SEED" --set "minutes=$minutes" $SETTINGS --split "$WORK/split.csv" \
    --threads "$THREADS" --device "$DEVICE" --json > "$WORK/train.json" 2> "$WORK/train.log"
model=$("$PYTHON" "$root/tests/bench/preset_table.py" --model "$WORK/train.json")
say "evaluating $model"
if [ "$kind" = right_whales ]; then
    "$CLI" evaluate "$catalogue" --split "$WORK/split.csv" --model "$model" --threads "$THREADS" --device "$DEVICE" \
        > "$WORK/report.md" 2> "$WORK/eval.log"
    say "report: $WORK/report.md"
    exit 0
fi
"$CLI" evaluate "$catalogue" --queries "$WORK/queries.csv" --gallery "$WORK/gallery.csv" --model "$model" --threads "$THREADS" \
    --device "$DEVICE" --json > "$WORK/eval.json" 2> "$WORK/eval.log"
"$PYTHON" "$root/tests/bench/picture_report.py" "$kind" "$WORK" "$catalogue" "$model" > "$WORK/report.md"
say "report: $WORK/report.md, picture: $WORK/pca.png"
