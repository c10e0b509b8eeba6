#!/bin/sh
# The spectrum of a 2048 x 2048 pair on one thread, in float64 and with the directions that are
# compared, against NumPy's singular values alone, in float32 and on all cores it takes; in turns.
# usage: bench_spectrum.sh BENCH_SPECTRUM [N]
set -eu

bench=$1
n=${2:-2048}
rounds=3
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
numpy=no
if python3 -c 'import numpy' 2>/dev/null; then
    numpy=yes
fi

median()
{
    sort -n "$dir/$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

for _ in $(seq $rounds); do
    "$bench" "$n" >>"$dir/tare"
    if [ $numpy = yes ]; then
        python3 "$here/svd_numpy.py" "$n" >>"$dir/numpy"
    fi
done
echo "base, tuned and delta, $n x $n, medians of $rounds"
echo "tare, values and directions, float64   $(median tare) s"
if [ $numpy = yes ]; then
    echo "numpy.linalg.svd, values alone, float32 $(median numpy) s"
    awk -v n="$(median numpy)" -v t="$(median tare)" \
        'BEGIN {printf "NumPy takes %.2f times as long as tare\n", n / t}'
else
    echo "NumPy: skipped, python3 with numpy is not here"
fi
