# Shared by run_presets.sh and run_ablation.sh: a catalogue of real flukes, and rows of their tables. Read in with `.`, after
#   root      the repository
#   table     name of the folder of answers
#   budget    KEY=VALUE... that limits every training
#   judged    "validation": by the validation photos of the run alone; else each model is evaluated on all protocols too
CLI=${CLI:-$root/build/release/app/flukeprint-cli}
DATA=${DATA:-$root/../shared/data}
WEIGHTS=${WEIGHTS:-$root/../shared/weights}
WORK=${WORK:-$root/build/bench/$table}
THREADS=${THREADS:-0}
DEVICE=${DEVICE:-auto}
SEED=${SEED:-1}
ONLY=${ONLY:-.}
SETTINGS=${SETTINGS:-}
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
    name=$1 start=$2 preset=$3 number=$((${number:-0} + 1))
    shift 3
    printf '%s' "$name" | grep -Eq "$ONLY" || return 0
    file=$WORK/$(printf '%s' "$name" | tr ' ,' '__')
    [ -e "$file.row.json" ] && return 0
    set -- "$@" $budget "seed=$SEED"
    settings=
    for pair in "$@"; do settings="$settings --set $pair"; done
    settings="$settings $SETTINGS"
    if [ "$start" = imagenet ]; then from="--start-model $imagenet"; else from=--from-scratch; fi
    command="train CATALOGUE --preset $preset $settings --split split.csv"
    say "$name: training, $budget"
    began=$(date +%s)
    # shellcheck disable=SC2086 # settings and start are lists of words
    if ! "$CLI" train "$catalogue" --preset "$preset" $settings $from --split "$split" --calibration-new "$DATA/flukes/calibration_new.txt" \
        --threads "$THREADS" --device "$DEVICE" --json > "$file.train.json" 2> "$file.log"; then
        say "$name: failed, see $file.log"
        return 0
    fi
    took=$(($(date +%s) - began))
    model=$(python3 "$root/tests/bench/preset_table.py" --model "$file.train.json")
    if [ "${judged:-}" != validation ]; then
        say "$name: evaluating $model"
        "$CLI" evaluate "$catalogue" --split "$split" --calibration-new "$DATA/flukes/calibration_new.txt" --model "$model" --threads "$THREADS" \
            --device "$DEVICE" --json > "$file.eval.json" 2>> "$file.log" || { say "$name: not evaluated, see $file.log"; return 0; }
    fi
    printf '{"name": "%s", "number": %s, "start": "%s", "command": "%s", "seed": %s, "seconds": %s, "device": "%s", "threads": %s, "run": "%s"}\n' \
        "$name" "$number" "$start" "$(printf '%s' "$command" | tr -s ' ')" "$SEED" "$took" "$DEVICE" "$THREADS" "$catalogue/runs/$model" > "$file.row.json.partial"
    mv "$file.row.json.partial" "$file.row.json"
}
