#!/bin/sh
# Trains every packed recipe in a row, on the processor, one GPU or several, in pieces that each end in time and go on
# where the last one stopped. Call it again and again until it exits with 0; 75 means that there is more to do.
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
#   START_S   with fewer seconds left, no model is begun (40): reading, one evaluation
#   PYTHON    interpreter (python3)
set -eu
PACKED=${PACKED:-packed} CONFIGS=${CONFIGS:-configs} RUNS=${RUNS:-runs} OUTPUT=${OUTPUT:-models}
BUDGET_S=${BUDGET_S:-560} START_S=${START_S:-40} PYTHON=${PYTHON:-python3}
NAMES=${NAMES:-$(cd "$PACKED" && ls -d -- */ | tr -d /)}
started=$(date +%s)

gpus=$($PYTHON -c 'import torch; print(torch.cuda.device_count())')
if [ "$gpus" -gt 1 ]; then
    run="$PYTHON -m torch.distributed.run --standalone --nproc-per-node $gpus -m app.training"
else
    run="$PYTHON -m app.training"
fi

for name in $NAMES; do
    if [ -f "$RUNS/$name/finished" ]; then
        echo "$name: finished"
        continue
    fi
    left=$((BUDGET_S - $(date +%s) + started))
    if [ "$left" -lt "$START_S" ]; then
        echo "$name: no time left in this call"
        exit 75
    fi
    eval "minutes=\${MINUTES_$(echo "$name" | tr -- '-.' '__'):-${MINUTES:-}}"
    task=$(sed -n 's/^task: *//p' "$CONFIGS/$name.yaml")
    echo "$name: training for at most $left s"
    status=0
    $run train "$task" --config "$CONFIGS/$name.yaml" --packed "$PACKED" --run-dir "$RUNS/$name" \
        --output "$OUTPUT/$name" --stop-after-s "$left" ${minutes:+--minutes "$minutes"} || status=$?
    if [ ! -f "$RUNS/$name/finished" ]; then # torch.distributed.run has a status of its own
        [ "$status" -eq 75 ] || [ "$gpus" -gt 1 ] && exit 75
        echo "$name: failed with status $status" >&2
        exit 1
    fi
done
echo "all finished"
