#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The report page in headless Chromium; the tests are tests/e2e/report/page_test.ts, bundled by make.
set -euo pipefail
COMITY_TOP=${COMITY_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
COMITY_BIN=${COMITY_BIN:-$COMITY_TOP/build/debug/bin}
export COMITY_TOP COMITY_BIN
export NODE_PATH=$COMITY_TOP/drills/report/page/node_modules
exec node --test-reporter=tap "$COMITY_BIN/../tests/e2e/report/page_test.cjs"
