#!/bin/sh
# Trains every packed recipe, on the CPU, one GPU or several. Each call ends in time, and the next one goes on where it
# stopped. Call it until it exits with 0; 75 means that it is not finished.
#
#   undertone data --data DATA --output packed      # once, where the corpora are
#   MINUTES=5 BUDGET_S=560 scripts/train_all.sh     # where the GPU is: torch, numpy, safetensors, tokenizers, sacrebleu,
#                                                   # tqdm and PyYAML are enough
#
#   PACKED    folder of the packs (packed)          RUNS      checkpoints and logs (runs)
#   CONFIGS   folder of the recipes (configs)       OUTPUT    folder for the finished models (models)
#   NAMES     recipes to train, in this order (all that are packed)
#   MINUTES   of training and evaluation a model, over all calls; the learning rate falls to zero by then (the recipe's)
#   MINUTES_translation_en_de=9   the same for one model, - written as _
#   BUDGET_S  seconds that this call may take (560)
#   START_S   no model is begun with fewer seconds left (40), which loading and one evaluation need
#   TOGETHER  1 trains all at the same time, with the output of each in RUNS/NAME.out (default: one after the other). Models as
#             small as these leave most of a GPU idle, and its MPS service lets several share it; mind its memory
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
        [ "$status" -ne 0 ] || status=75 # under torchrun a call that stopped in time exits with 0
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
