#!/bin/sh
# Text to ids on one thread, against the tokenizers package where python3 has it, in turns.
# usage: bench_tokenizer.sh BENCH_TOKENIZER SOURCE [TOKENIZER...]
set -eu

bench=$1
source=$2
shift 2
oracle=$source/tests/oracle/tokenizers
here=$(cd "$(dirname "$0")" && pwd)
text=$(mktemp "${TMPDIR:-/tmp}/tare-bench.XXXXXX")
trap 'rm -f "$text"' EXIT
[ $# -gt 0 ] || set -- "$oracle/gpt2.json" "$oracle/llama3.json" "$oracle/smollm.json" "$oracle/uncased.json"
cat "$source"/*/*.[ch] "$source"/*/README.md >"$text"

for tokenizer; do
    for _ in 1 2; do
        echo "$(basename "$tokenizer") tare       $("$bench" "$tokenizer" "$text")"
        if python3 -c 'import tokenizers' 2>/dev/null; then
            echo "$(basename "$tokenizer") tokenizers $(python3 "$here/tokenizers_package.py" "$tokenizer" "$text")"
        fi
    done
done
