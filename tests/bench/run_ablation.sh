#!/bin/sh
# Trains the default preset on real flukes with one setting changed at a time, and writes a Markdown table of what each change costs or brings
# on the validation photos: choices are made there, so no test photo is looked at.
#
#   tests/bench/run_ablation.sh EPOCHS [OUT.md]
#
# EPOCHS    of each training; a table of differences does not need the long run that a model for use does
# OUT.md    default: WORK/ablation.md
#
# Every row trains at 192 x 96 to be affordable, but for those that change the size, and without whitening, but for the row of that name, which
# keeps it only where these same photos gain by it.
# Environment: as run_presets.sh; WORK, default build/bench/ablation.
set -eu

[ $# -ge 1 ] || { sed -n '2,/^set -eu/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 2; }
epochs=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
table=ablation
budget="epochs=$epochs validate_every=$epochs"
judged=validation
. "$root/tests/bench/train_rows.sh"
out=${2:-$WORK/ablation.md}

# row NAME [KEY=VALUE...]
row()
{
    name=$1
    shift
    case "$*" in
    *input_width=*) ;;
    *) set -- input_width=192 input_height=96 "$@" ;;
    esac
    case "$*" in
    *within_whitening=*) ;;
    *) set -- within_whitening=0 "$@" ;;
    esac
    train "$name" imagenet flukeprint "$@"
}

row "default"
row "loss: semi-hard triplets"        batch_loss=triplet
row "loss: hardest triplets"          batch_loss=triplet miner=batch_hard
row "loss: ArcFace beside it"         arcface_weight=1
row "loss: ArcFace alone"             arcface_weight=1 triplet_weight=0
row "loss: temperature 0.05"          temperature=0.05
row "loss: temperature 0.2"           temperature=0.2
row "loss: before the neck"           compared_layer=feature
row "batch: 16 x 4"                   individuals_per_batch=16 photos_per_individual=4
row "pooling: average"                gem_p=1
row "pooling: near maximum"           gem_p=10
row "mirror: same individual"         mirror_identity=false mirror_by_chance=true
row "mirror: not used"                mirror_identity=false mirror_by_chance=false
row "mirror: not in the embedding"    test_time=plain
row "augmentation: off"               augmentation=off
row "augmentation: light"             augmentation=light
row "augmentation: strong"            augmentation=strong
row "size: 128 x 64"                  input_width=128 input_height=64
row "size: 256 x 128"                 input_width=256 input_height=128
row "negatives: none"                 negatives_per_batch=0
row "negatives: from all centres too" negative_weight=0.2
row "averaging: none"                 weight_averaging=false
row "precision: fp32"                 precision=fp32
row "whitening, if validation gains"  within_whitening=1

python3 "$root/tests/bench/preset_table.py" "$WORK" "$epochs epochs each" > "$out"
say "table: $out"
