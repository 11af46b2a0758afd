# SPDX-License-Identifier: Apache-2.0
# Worlds with many seeds. The ordinary run plays 100 of them after all plans and past failures (world.t).
SEEDS ?= 1000
FIRST ?= 1
# So many seeds meet every cell of the lifecycle table.
ALL_CELLS_SEEDS := 1000

.PHONY: check-world check-world-run
check-world: deps ## Plans, past failures and SEEDS=1000 seeds from FIRST=1 in networks with faults; 1000 meet every cell of the lifecycle (release; KEEP_GOING=1)
	@$(MAKE) --no-print-directory V=release -j$(JOBS) $(BUILD)/release/bin/comity $(BUILD)/release/bin/comity-drill
	@$(MAKE) --no-print-directory V=release WORLD_SEEDS=0 check-world-run

# A seed takes and gives back many small pieces: kept at hand, they cost 4 % less of the whole. It asks the system for memory in
# large pieces and large pages, which is 8 % less again.
WORLD_MALLOC := glibc.malloc.tcache_count=2000:glibc.malloc.hugetlb=1:glibc.malloc.top_pad=33554432
check-world-run: export GLIBC_TUNABLES := $(WORLD_MALLOC)
check-world-run:
	@COMITY_JOBS=$(JOBS) $(PROVE) tests/world/world.t
	@$(B)/bin/comity world swarm \
	    --seeds $(FIRST)..$$(($(FIRST) + $(SEEDS) - 1)) --jobs $(JOBS) $(if $(KEEP_GOING),--keep-going) \
	    $$([ $(SEEDS) -lt $(ALL_CELLS_SEEDS) ] || echo --all-cells)

# Planted bugs. MUTANTS="name name": only these; the copy with its own build is kept in WORKDIR for the next time.
MUTANTS ?=
WORKDIR ?= $(BUILD)/mutants
MUTANT_SEEDS ?= 500

.PHONY: check-mutants
check-mutants: deps ## Plant each bug of tests/world/mutants and see that it is found (MUTANTS="name ..."; five minutes)
	@mkdir -p $(WORKDIR)
	@SEEDS=$(MUTANT_SEEDS) JOBS=$(JOBS) tests/world/mutants.sh $(abspath $(WORKDIR)) $(MUTANTS)
