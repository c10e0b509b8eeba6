#!/bin/sh
# Forward passes of the shapes of GPT-2 (124M) and SmolLM2 (135M), 4 sequences of 64 tokens on two
# threads, in turns with PyTorch; the fastest of all passes counts. usage: bench_net.sh BENCH_NET
# PYTHON (python3) is the Python that is asked for torch.
set -eu

bench=$1
rounds=5
. "$(dirname "$0")/torch_turns.sh"

# say SHAPE TYPE: what the passes in $dir/SHAPE.TYPE took.
say()
{
    awk -v plain="$(best "$1.$2" 1 head)" -v probed="$(best "$1.$2" 2 head)" \
        -v rate="$(best "$1.$2" 6 tail)" -v name="$1 $2" '
        NR == 1 {
            printf "%-18s %4.0f tokens/s, %4.0f with probes; %2.0f %% of OpenBLAS alone (%.0f GFLOP/s); ",
                name, 256 / plain, 256 / probed, 100 * $5 / plain / rate, rate
            printf "weights %.0f MB, peak %.0f MB\n", $3 / 1e6, $4 / 1e6
        }' "$dir/$1.$2"
}

for shape in gpt2 smollm2; do
    for _ in $(seq $turns); do
        for type in float32 bfloat16; do
            "$bench" $shape $type 4 64 2 $rounds >>"$dir/$shape.$type"
        done
        if [ $torch = yes ]; then
            "$python" "$here/net_torch.py" $shape 4 64 2 $rounds >>"$dir/$shape.torch"
        fi
    done
    say $shape float32
    say $shape bfloat16
    if [ $torch = yes ]; then
        awk -v t="$(best $shape.torch 1 head)" -v p="$(best $shape.float32 2 head)" -v name=$shape \
            'BEGIN {printf "%-18s %4.0f tokens/s in PyTorch float32, without hooks: tare with probes is %.2f times as fast\n",
                name, 256 / t, t / p}'
    else
        echo "$shape: no peer, $python has no torch"
    fi
done
