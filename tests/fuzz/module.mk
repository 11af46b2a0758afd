# SPDX-License-Identifier: Apache-2.0
# Each tests/fuzz/NAME_fuzz.c is one libFuzzer program; what it found in the past is kept in tests/data/NAME.
FUZZ_SOURCES := $(wildcard tests/fuzz/*_fuzz.c)
FUZZ_NAMES   := $(FUZZ_SOURCES:tests/fuzz/%_fuzz.c=%)
FUZZ_SECONDS ?= 60
OBJECTS      += $(FUZZ_SOURCES:%.c=$(B)/obj/%.o)

$(B)/fuzz/%: $(B)/obj/tests/fuzz/%_fuzz.o $(B)/obj/tests/support/scenario_text.o $(B)/lib/libscenario.a $(B)/lib/libnodes.a $(B)/lib/libbroker.a $(B)/lib/libkeys.a $(B)/lib/libproto.a $(B)/lib/libdaemon.a $(B)/lib/libbase.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(LDFLAGS_ALL) -o $@ $^ \
	    -lyaml -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd

.PHONY: fuzz fuzz-run
fuzz: ## Fuzz each parser for FUZZ_SECONDS (60) with clang's libFuzzer; new inputs stay in build/fuzz/corpus
	@$(MAKE) --no-print-directory V=fuzz fuzz-run

fuzz-run: $(FUZZ_NAMES:%=$(B)/fuzz/%)
	@for name in $(FUZZ_NAMES); do \
	    mkdir -p $(B)/corpus/$$name && \
	    $(B)/fuzz/$$name -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -print_final_stats=1 \
	        $(B)/corpus/$$name $$(test -d tests/data/$$name && echo tests/data/$$name) || exit 1; done
