#!/bin/sh
# Trains every preset that this program grew from, and each miner of batch-hard-cosine, on real flukes with the same budget of time, and
# writes a Markdown table of what each model finds.
#
#   tests/bench/run_presets.sh MINUTES [OUT.md]
#
# MINUTES   of training a preset (setting `minutes`; fractions are allowed); evaluation comes on top
# OUT.md    default: WORK/presets.md
#
# Environment, all optional:
#   CLI       the command line to run; default build/release/app/flukeprint-cli
#   DATA      with flukes/photos, train.csv, split.csv, calibration_new.txt; default ../shared/data beside the repository
#   WEIGHTS   with mobilenetv2_imagenet.safetensors; default ../shared/weights
#   WORK      catalogue, answers and logs; default build/bench/presets. What is finished there is not done again: remove it to start anew
#   THREADS   of the worker; default: all cores
#   DEVICE    auto, cpu or cuda; default auto
#   SEED      default 1
#   ONLY      a regular expression: rows to run, by their name in the table
#   SETTINGS  further `--set KEY=VALUE` for every row, for a quick trial; they stand in the table's commands
#
# Weights that the presets' sources started from are not all at hand: the column "start" says what each run did start from. Everything else
# is the preset's default, NASNet-A Mobile and Inception-v3 excepted, which random weights would make useless as frozen trunks: MobileNetV2
# stands for both.
set -eu

[ $# -ge 1 ] || { sed -n '2,/^set -eu/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 2; }
minutes=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
CLI=${CLI:-$root/build/release/app/flukeprint-cli}
DATA=${DATA:-$root/../shared/data}
WEIGHTS=${WEIGHTS:-$root/../shared/weights}
WORK=${WORK:-$root/build/bench/presets}
THREADS=${THREADS:-0}
DEVICE=${DEVICE:-auto}
SEED=${SEED:-1}
ONLY=${ONLY:-.}
SETTINGS=${SETTINGS:-}
out=${2:-$WORK/presets.md}
catalogue=$WORK/flukes.flukeprint
split=$DATA/flukes/split.csv
imagenet=$WEIGHTS/mobilenetv2_imagenet.safetensors
mkdir -p "$WORK/no_models"
# Without a model that serves, no run ends with embedding everything once more for a comparison.
export FLUKEPRINT_MODELS="$WORK/no_models"

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }

if [ ! -e "$WORK/imported" ]; then
    rm -rf "$catalogue"
    "$CLI" init "$catalogue" > "$WORK/init.log"
    say "importing $DATA/flukes"
    "$CLI" import "$catalogue" "$DATA/flukes/photos" --labels "$DATA/flukes/train.csv" --json > "$WORK/import.json" 2> "$WORK/import.log"
    touch "$WORK/imported"
fi

# train NAME START PRESET [KEY=VALUE...]
# START: imagenet (MobileNetV2's), or random
train()
{
    name=$1 start=$2 preset=$3
    shift 3
    printf '%s' "$name" | grep -Eq "$ONLY" || return 0
    file=$WORK/$(printf '%s' "$name" | tr ' ,' '__')
    [ -e "$file.eval.json" ] && return 0
    set -- "$@" "minutes=$minutes" epochs=1000 "seed=$SEED"
    settings=
    for pair in "$@"; do settings="$settings --set $pair"; done
    settings="$settings $SETTINGS"
    if [ "$start" = imagenet ]; then from="--start-model $imagenet"; else from=--from-scratch; fi
    command="train CATALOGUE --preset $preset $settings --split split.csv"
    say "$name: training for $minutes minutes"
    began=$(date +%s)
    # shellcheck disable=SC2086 # settings and start are lists of words
    if ! "$CLI" train "$catalogue" --preset "$preset" $settings $from --split "$split" --calibration-new "$DATA/flukes/calibration_new.txt" \
        --threads "$THREADS" --device "$DEVICE" --json > "$file.train.json" 2> "$file.log"; then
        say "$name: failed, see $file.log"
        return 0
    fi
    took=$(($(date +%s) - began))
    model=$(python3 "$root/tests/bench/preset_table.py" --model "$file.train.json")
    say "$name: evaluating $model"
    "$CLI" evaluate "$catalogue" --split "$split" --calibration-new "$DATA/flukes/calibration_new.txt" --model "$model" --threads "$THREADS" \
        --device "$DEVICE" --json > "$file.eval.json.partial" 2>> "$file.log" || { say "$name: not evaluated, see $file.log"; return 0; }
    printf '{"name": "%s", "start": "%s", "command": "%s", "seed": %s, "seconds": %s, "device": "%s", "threads": %s, "run": "%s"}\n' \
        "$name" "$start" "$(printf '%s' "$command" | tr -s ' ')" "$SEED" "$took" "$DEVICE" "$THREADS" "$catalogue/runs/$model" > "$file.row.json"
    mv "$file.eval.json.partial" "$file.eval.json"
}

train "flukeprint"                      imagenet flukeprint
train "facenet-transfer"                imagenet facenet-transfer network=mobilenet_v2
train "batch-hard-cosine, batch-hard"   random   batch-hard-cosine miner=batch_hard
train "batch-hard-cosine, batch-all"    random   batch-hard-cosine miner=batch_all
train "batch-hard-cosine, semi-hard"    random   batch-hard-cosine miner=semi_hard
train "batch-hard-cosine, random"       random   batch-hard-cosine miner=random
train "branch-siamese, learned"         random   branch-siamese loss=learned
train "branch-siamese, contrastive"     random   branch-siamese loss=contrastive
train "siamese-contrastive"             random   siamese-contrastive
train "deep-ranking"                    random   deep-ranking
train "semi-hard-mlp"                   random   semi-hard-mlp sampler=individuals
train "plankton-curriculum"             imagenet plankton-curriculum network=mobilenet_v2

python3 "$root/tests/bench/preset_table.py" "$WORK" "$minutes" > "$out"
say "table: $out"
