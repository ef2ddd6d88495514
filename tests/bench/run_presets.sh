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
# The weights that the presets' sources started from are not at hand, and a few minutes from random weights show nothing of a ResNet-18:
# MobileNetV2 with ImageNet weights stands for NASNet-A Mobile, ResNet-18 and Inception-v3. Everything else is the preset's default. The
# column "start" says what each run did start from.
set -eu

[ $# -ge 1 ] || { sed -n '2,/^set -eu/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 2; }
minutes=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
table=presets
budget="minutes=$minutes epochs=1000"
. "$root/tests/bench/train_rows.sh"
out=${2:-$WORK/presets.md}

train "flukeprint"                      imagenet flukeprint
train "facenet-transfer"                imagenet facenet-transfer network=mobilenet_v2
train "facenet-transfer, semi-hard"     imagenet facenet-transfer network=mobilenet_v2 mining=semi_hard
train "batch-hard-cosine, batch-hard"   imagenet batch-hard-cosine network=mobilenet_v2 miner=batch_hard
train "batch-hard-cosine, batch-all"    imagenet batch-hard-cosine network=mobilenet_v2 miner=batch_all
train "batch-hard-cosine, semi-hard"    imagenet batch-hard-cosine network=mobilenet_v2 miner=semi_hard
train "batch-hard-cosine, random"       imagenet batch-hard-cosine network=mobilenet_v2 miner=random
train "branch-siamese, learned"         random   branch-siamese loss=learned
train "branch-siamese, contrastive"     random   branch-siamese loss=contrastive
train "siamese-contrastive"             random   siamese-contrastive
train "siamese-contrastive, 64-d"       random   siamese-contrastive dimension=64
train "deep-ranking"                    random   deep-ranking
train "semi-hard-mlp"                   random   semi-hard-mlp sampler=individuals
train "plankton-curriculum"             imagenet plankton-curriculum network=mobilenet_v2

python3 "$root/tests/bench/preset_table.py" "$WORK" "$minutes minutes of training each" > "$out"
say "table: $out"
