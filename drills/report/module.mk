# SPDX-License-Identifier: Apache-2.0
# The page of a drill's report: TypeScript and a map, bundled to one file beside the programs. Packages come with `make deps`, by the
# lock file; building asks no network.
PAGE := drills/report/page
PAGE_PACKAGES := $(PAGE)/node_modules/.package-lock.json
PAGE_SOURCES := $(wildcard $(PAGE)/src/*.ts $(PAGE)/src/texts/*.ts) $(PAGE)/src/page.html $(PAGE)/src/page.css $(PAGE)/build.mjs
REPORT_PAGE := $(B)/share/comity/report.html
PAGE_TEST := $(B)/tests/e2e/report/page_test.cjs

$(PAGE_PACKAGES): $(PAGE)/package-lock.json $(PAGE)/package.json
	@echo "  NPM  $(PAGE)"
	$(Q)cd $(PAGE) && npm ci --silent --prefer-offline && touch node_modules/.package-lock.json

$(REPORT_PAGE): $(PAGE_SOURCES) $(PAGE_PACKAGES)
	@echo "  PAGE $@"
	$(Q)node $(PAGE)/build.mjs $@

$(PAGE_TEST): $(wildcard tests/e2e/report/*.ts) $(PAGE)/build.mjs $(PAGE_PACKAGES)
	$(Q)node $(PAGE)/build.mjs --tests $@ tests/e2e/report/page_test.ts

.PHONY: page check-page
page: $(REPORT_PAGE) ## The report page alone

check-page: $(PAGE_PACKAGES) ## Types of the report page and its tests
	@cd $(PAGE) && node_modules/.bin/tsc --noEmit -p .
