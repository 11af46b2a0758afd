#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy, two files at a time. Usage: mk/tidy.sh ALL BASE FLAGS
# ALL "all": every C file; else those that differ from the commit BASE, or every one where BASE does not exist.
set -euo pipefail
command -v clang-tidy >/dev/null || { echo 'tidy: clang-tidy is not installed; run make deps' >&2; exit 1; }
all=$1
base=$2
read -ra flags <<<"$3"

if [ "$all" != all ] && git rev-parse --quiet --verify "$base^{commit}" >/dev/null; then
    # A header that changed is seen through the files that include it.
    mapfile -t headers < <(git diff --name-only --diff-filter=d "$base" -- '*.h'; git ls-files -o --exclude-standard -- '*.h')
    mapfile -t sources < <(
        git diff --name-only --diff-filter=d "$base" -- '*.c'
        git ls-files -o --exclude-standard -- '*.c'
        for h in "${headers[@]}"; do git grep -l --untracked -F "\"$h\"" -- '*.c' || true; done
    )
else
    mapfile -t sources < <(git ls-files -co --exclude-standard -- '*.c')
fi
mapfile -t sources < <(for s in "${sources[@]}"; do [ -e "$s" ] && echo "$s"; done | LC_ALL=C sort -u)
echo "tidy: ${#sources[@]} files"
[ ${#sources[@]} -eq 0 ] && exit 0
printf '%s\0' "${sources[@]}" | xargs -0 -I{} -P2 clang-tidy --quiet {} -- "${flags[@]}" 2>/dev/null
