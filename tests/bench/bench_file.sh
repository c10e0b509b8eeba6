#!/bin/bash
# How fast a pair of files is compared, against a bare read of the same bytes and against NumPy, in
# one run and taking turns. usage: bench_file.sh TARE MAKE_PAIR READ_FILES [MEGABYTES]
set -eu

tare=$1
make_pair=$2
read_files=$3
megabytes=${4:-500}
rounds=5
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT

"$make_pair" "$dir/base.h5" "$dir/tuned.h5" "$megabytes"
bytes=$(stat -c %s "$dir/base.h5" "$dir/tuned.h5" | awk '{s += $1} END {print s}')

# clock NAME COMMAND...: appends its seconds to $dir/NAME.
clock()
{
    local name=$1 from to
    shift
    from=$EPOCHREALTIME
    "$@" >/dev/null
    to=$EPOCHREALTIME
    awk -v a="$from" -v b="$to" 'BEGIN {print b - a}' >>"$dir/$name"
}

median()
{
    sort -n "$dir/$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# show NAME TITLE: its median, its rate and how many bare reads it takes.
show()
{
    awk -v t="$(median "$1")" -v r="$(median read)" -v bytes="$bytes" -v title="$2" \
        'BEGIN {printf "%-34s %8.3f s %7.2f GB/s %7.2f x the bare read\n", title, t, bytes / t / 1e9, t / r}'
}

numpy=no
if python3 -c 'import h5py, numpy' 2>/dev/null; then
    numpy=yes
fi
"$read_files" "$dir/base.h5" "$dir/tuned.h5"
for _ in $(seq $rounds); do
    clock read "$read_files" "$dir/base.h5" "$dir/tuned.h5"
    clock tare "$tare" report --format json "$dir/base.h5" "$dir/tuned.h5"
    if [ $numpy = yes ]; then
        clock numpy python3 "$here/stats_numpy.py" "$dir/base.h5" "$dir/tuned.h5"
    fi
done

echo "a pair of $((bytes / 1000000)) MB, cached, medians of $rounds"
show read "bare read, 2 threads"
show tare "tare report --format json"
if [ $numpy = yes ]; then
    show numpy "NumPy, blocks and BLAS"
    awk -v n="$(median numpy)" -v t="$(median tare)" 'BEGIN {printf "NumPy takes %.2f times as long as tare\n", n / t}'
else
    echo "NumPy: skipped, python3 with numpy and h5py is not here"
fi
