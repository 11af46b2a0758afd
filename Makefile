# SPDX-License-Identifier: Apache-2.0
# One non-recursive Makefile; each folder's part is its module.mk. `make help` lists the targets.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

V      ?= debug
BUILD  ?= build
B      := $(BUILD)/$(V)
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)

include mk/flags.mk

# $(call library,NAME,SOURCES): build/V/lib/libNAME.a from C sources; remembers objects for the gates.
define library
$(1).OBJ := $$(patsubst %.c,$(B)/obj/%.o,$(2))
OBJECTS += $$($(1).OBJ)
$(B)/lib/lib$(1).a: $$($(1).OBJ)
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
endef

# $(call program,NAME,SOURCES,LIBRARIES,SYSTEM LIBRARIES)
define program
$(1).OBJ := $$(patsubst %.c,$(B)/obj/%.o,$(2))
OBJECTS += $$($(1).OBJ)
PROGRAMS += $(B)/bin/$(1)
$(B)/bin/$(1): $$($(1).OBJ) $(3:%=$(B)/lib/lib%.a)
	@mkdir -p $$(@D)
	@echo "  LINK $$@"
	$$(Q)$(CC) $$(CFLAGS_ALL) $$(LDFLAGS_ALL) -o $$@ $$($(1).OBJ) $(3:%=$(B)/lib/lib%.a) $(4)
endef

Q := $(if $(VERBOSE),,@)
OBJECTS :=
PROGRAMS :=

include base/module.mk proto/module.mk keys/module.mk broker/module.mk nodes/module.mk drills/module.mk
include drills/report/module.mk tests/module.mk mk/po.mk mk/lint.mk mk/install.mk
-include tests/fuzz/module.mk tests/bench/module.mk tests/world/module.mk

.PHONY: all
all: $(PROGRAMS) $(CATALOGUES) $(REPORT_PAGE) ## Build the programs into build/<variant>/bin (V=debug, release, asan, cov)

$(B)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_GENERATED) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)

.PHONY: demo
demo: deps ## Three States on this machine, a request from XA to XB until its data are held, and a small drill
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(B)/bin/comity demo
	@echo
	@$(B)/bin/comity drill run drills/scenarios/ping --out $(BUILD)/demo-drill

.PHONY: deps clean help
deps: ## Install what is missing: Debian packages (apt-get, through sudo when not root), packages of the report page (npm)
	@mk/deps.sh
	@$(MAKE) --no-print-directory $(PAGE_PACKAGES)

clean: ## Remove everything that was built
	rm -rf $(BUILD)

help: ## List the targets
	@echo "make TARGET [V=debug|release|asan|cov]"
	@grep -hE '^[a-z][a-zA-Z0-9_-]*:.*## ' $(MAKEFILE_LIST) | sort -u | \
	    sed -E 's/^([a-zA-Z0-9_-]+):.*## /\1\t/' | awk -F'\t' '{printf "  %-16s %s\n", $$1, $$2}'
