# Sourced by benchmarks that take turns with PyTorch: the Python that is asked for it (PYTHON, else
# python3), whether it has torch, a folder for what is measured, and the extremes of that.
# shellcheck shell=sh disable=SC2034
python=${PYTHON:-python3}
turns=2
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
torch=no
if "$python" -c 'import torch' 2>/dev/null; then
    torch=yes
fi

# best FILE FIELD FUNCTION: the least or the most of a column.
best()
{
    sort -g -k "$2,$2" "$dir/$1" | "$3" -n 1 | awk -v f="$2" '{print $f}'
}
