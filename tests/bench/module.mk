# SPDX-License-Identifier: Apache-2.0
# One program that measures; docs/speed.md says what.
BENCH         := $(B)/tests/bench/bench
BENCH_SOURCES := $(wildcard tests/bench/*.c)
BENCH_LIBS    := broker nodes keys proto daemon base
BENCH_SCRATCH := $(B)/bench
OBJECTS       += $(BENCH_SOURCES:%.c=$(B)/obj/%.o)

$(BENCH): $(BENCH_SOURCES:%.c=$(B)/obj/%.o) $(BENCH_LIBS:%=$(B)/lib/lib%.a)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    -lzmq -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd

.PHONY: bench bench-run
bench: ## Measure the hot paths of a release build on this machine, about two minutes (docs/speed.md)
	@$(MAKE) --no-print-directory V=release bench-run

bench-run: $(BENCH) $(B)/bin/comity-broker
	@rm -rf $(BENCH_SCRATCH) && mkdir -p $(BENCH_SCRATCH)
	@$(BENCH) $(abspath $(B)/bin/comity-broker) "$$(realpath $(BENCH_SCRATCH))"; \
	    code=$$?; rm -rf $(BENCH_SCRATCH); exit $$code

# How much faster than real time a world runs.
BENCH_WORLD         := $(B)/tests/bench/bench-world
BENCH_WORLD_SOURCES := $(wildcard tests/bench/world/*.c)
BENCH_WORLD_LIBS    := play oracle office world broker nodes keys proto daemon base
OBJECTS             += $(BENCH_WORLD_SOURCES:%.c=$(B)/obj/%.o)

$(BENCH_WORLD): $(BENCH_WORLD_SOURCES:%.c=$(B)/obj/%.o) $(BENCH_WORLD_LIBS:%=$(B)/lib/lib%.a)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd

.PHONY: bench-world bench-world-run
bench-world: ## Simulated against real time: 12 nodes, 10,000 envelopes in a simulated day (release build)
	@$(MAKE) --no-print-directory V=release bench-world-run

bench-world-run: $(BENCH_WORLD)
	@$(BENCH_WORLD)
