#!/bin/sh
# Steps of training the shapes of GPT-2 (124M) and SmolLM2 (135M), 4 sequences of 64 tokens on two
# threads, in turns with PyTorch (fused AdamW); the fastest of all steps counts.
# usage: bench_train.sh BENCH_TRAIN
# PYTHON (python3) is the Python that is asked for torch.
set -eu

bench=$1
rounds=6
. "$(dirname "$0")/torch_turns.sh"

# say SHAPE: what the steps in $dir/SHAPE took.
say()
{
    awk -v step="$(best "$1" 1 head)" -v back="$(best "$1" 2 head)" -v update="$(best "$1" 3 head)" \
        -v rate="$(best "$1" 8 tail)" -v name="$1" '
        NR == 1 {
            printf "%-8s %.3f s a step: there and back %.3f, AdamW %.3f; products %2.0f %% of OpenBLAS alone (%.0f GFLOP/s); ",
                name, step, back, update, 100 * $7 / back / rate, rate
            printf "%.0f MB for weights, gradient and moments, %.0f for the way back, peak %.0f\n",
                $4 / 1e6, $5 / 1e6, $6 / 1e6
        }' "$dir/$1"
}

for shape in gpt2 smollm2; do
    for _ in $(seq $turns); do
        "$bench" $shape 4 64 2 $rounds >>"$dir/$shape"
        if [ $torch = yes ]; then
            "$python" "$here/train_torch.py" $shape 4 64 2 $rounds >>"$dir/$shape.torch"
        fi
    done
    say $shape
    if [ $torch = yes ]; then
        awk -v t="$(best $shape.torch 1 head)" -v tb="$(best $shape.torch 2 head)" \
            -v s="$(best $shape 1 head)" -v sb="$(best $shape 2 head)" -v name=$shape \
            'BEGIN {printf "%-8s PyTorch with fused AdamW %.3f s, there and back %.3f: tare takes %.2f times as long, %.2f there and back\n",
                name, t, tb, s / t, sb / tb}'
    else
        echo "$shape: no peer, $python has no torch"
    fi
done
