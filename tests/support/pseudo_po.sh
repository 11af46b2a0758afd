#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A language in which every text stands in brackets: what a screen shows without them was not looked up. Usage:
# pseudo_po.sh FOLDER; makes FOLDER/xx/LC_MESSAGES/comity.mo from po/comity.pot.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1/xx/LC_MESSAGES"
# shellcheck disable=SC2016 # what follows a dollar is perl's
perl -0pe 's/INTEGER; plural=EXPRESSION/2; plural=n != 1/' "$top/po/comity.pot" | msgen - |
    msgfilter --keep-header perl -0pe 's/\A(\s*)/$1\[/; s/(\n*)\z/]$1/' |
    msgfmt --check-format --output-file="$1/xx/LC_MESSAGES/comity.mo" -
