#!/bin/sh
# Trains all packed recipes one after the other, on the CPU, one GPU or several. Each call ends within its time and
# continues where the last one stopped. Call it until it exits with 0; status 75 means that there is more to do.
#
#   undertone data --data DATA --output packed      # once, on a machine with the corpora
#   MINUTES=5 BUDGET_S=560 scripts/train_all.sh     # on a machine with a GPU; needs torch, numpy, safetensors, tokenizers,
#                                                   # sacrebleu, tqdm and PyYAML alone
#
#   PACKED    folder of the packs (packed)          RUNS      checkpoints and logs (runs)
#   CONFIGS   folder of the recipes (configs)       OUTPUT    folder for the finished models (models)
#   NAMES     recipes to train, in this order (all that are packed)
#   MINUTES   minutes of training and evaluation for each model, over all calls; the learning rate falls to zero by then
#             (the recipe's)
#   MINUTES_translation_en_de=9   the same for one model; write - as _
#   BUDGET_S  seconds that this call may take (560)
#   START_S   seconds that must be left for a model to be started, enough to read its pack and evaluate once (40)
#   TOGETHER  1 trains all models at the same time, with their output in RUNS/NAME.out (one after the other). One model
#             leaves most of a GPU idle, and the GPU's MPS service lets several share it, if its memory is enough.
#   PYTHON    interpreter (python3)
set -eu
PACKED=${PACKED:-packed} CONFIGS=${CONFIGS:-configs} RUNS=${RUNS:-runs} OUTPUT=${OUTPUT:-models}
BUDGET_S=${BUDGET_S:-560} START_S=${START_S:-40} TOGETHER=${TOGETHER:-} PYTHON=${PYTHON:-python3}
NAMES=${NAMES:-$(cd "$PACKED" && ls -d -- */ | tr -d /)}
started=$(date +%s)

gpus=$($PYTHON -c 'import torch; print(torch.cuda.device_count())')
if [ "$gpus" -gt 1 ]; then
    run="$PYTHON -m torch.distributed.run --standalone --nproc-per-node $gpus -m app.training"
else
    run="$PYTHON -m app.training"
fi

train() { # NAME
    name=$1
    if [ -f "$RUNS/$name/finished" ]; then
        echo "$name: finished"
        return 0
    fi
    left=$((BUDGET_S - $(date +%s) + started))
    if [ "$left" -lt "$START_S" ]; then
        echo "$name: no time left in this call"
        return 75
    fi
    eval "minutes=\${MINUTES_$(echo "$name" | tr -- '-.' '__'):-${MINUTES:-}}"
    task=$(sed -n 's/^task: *//p' "$CONFIGS/$name.yaml")
    echo "$name: training for at most $left s"
    status=0
    $run train "$task" --config "$CONFIGS/$name.yaml" --packed "$PACKED" --run-dir "$RUNS/$name" \
        --output "$OUTPUT/$name" --stop-after-s "$left" ${minutes:+--minutes "$minutes"} || status=$?
    if [ ! -f "$RUNS/$name/finished" ]; then
        [ "$status" -ne 0 ] || status=75 # torchrun has no status for unfinished runs
        [ "$status" -ne 75 ] || return 75
        echo "$name: failed with status $status" >&2
        return 1
    fi
}

if [ -z "$TOGETHER" ]; then
    for name in $NAMES; do
        train "$name" || exit $?
    done
else
    mkdir -p "$RUNS"
    jobs=
    for name in $NAMES; do
        train "$name" >>"$RUNS/$name.out" 2>&1 &
        jobs="$jobs $!"
    done
    worst=0
    for job in $jobs; do
        status=0
        wait "$job" || status=$?
        case $status in 0) ;; 75) [ "$worst" -ne 0 ] || worst=75 ;; *) worst=1 ;; esac
    done
    [ "$worst" -eq 0 ] || exit "$worst"
fi
echo "all finished"
