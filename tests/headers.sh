#!/bin/sh
# Compiles every header on its own, twice in one file, with only the libraries its folder may use.
# usage: headers.sh SOURCE COMPILER...
set -eu

source=$1
shift
cd "$source"
failed=0
total=0

# compile HEADER PACKAGE...
compile()
{
    header=$1
    shift
    # shellcheck disable=SC2046
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        $compiler -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wstrict-prototypes -Werror -I. -fsyntax-only \
            $(pkg-config --cflags "$@") -x c - || return 1
}

compiler=$*
for header in $(find core io tui tests/support -name '*.h' | LC_ALL=C sort); do
    case $header in
    core/* | tui/*) packages='glib-2.0' ;;
    io/*) packages='glib-2.0 hdf5 json-glib-1.0 libdeflate' ;;
    *) packages='glib-2.0 vterm check' ;;
    esac
    total=$((total + 1))
    # shellcheck disable=SC2086
    if ! compile "$header" $packages; then
        echo "$header does not stand alone"
        failed=$((failed + 1))
    fi
done
echo "$total headers, $failed failed"
[ "$failed" -eq 0 ] && [ "$total" -gt 10 ]
