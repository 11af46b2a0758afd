# SPDX-License-Identifier: Apache-2.0
# The simulated machine room, what is played in it, and the oracle that watches; one program for `comity world`.
$(eval $(call library,world,$(wildcard drills/world/*.c)))
$(eval $(call library,oracle,$(wildcard drills/oracle/*.c)))
$(eval $(call library,office,$(wildcard drills/office/*.c)))
$(eval $(call library,play,$(wildcard drills/play/*.c)))
$(eval $(call library,scenario,$(wildcard drills/scenario/*.c)))
$(eval $(call library,actors,$(wildcard drills/actors/*.c)))
$(eval $(call library,conduct,$(wildcard drills/conduct/*.c)))
$(eval $(call library,record,$(wildcard drills/record/*.c)))
$(eval $(call library,measure,$(wildcard drills/measure/*.c)))
$(eval $(call library,report,$(wildcard drills/report/*.c)))
$(eval $(call library,drillcli,$(filter-out drills/cli/main.c,$(wildcard drills/cli/*.c))))
# A failing seed is told with what was built; rewritten only when it changes, so that nothing is built again without need.
DRILL_COMMIT := $(BUILD)/gen/drills/commit.h
$(B)/obj/drills/cli/words.o: $(DRILL_COMMIT)
.PHONY: always
$(DRILL_COMMIT): always
	@mkdir -p $(@D)
	@commit=$$(git rev-parse --short=12 HEAD 2>/dev/null || echo "no commit"); \
	    [ -z "$$(git status --porcelain 2>/dev/null | head -1)" ] || commit="$$commit and changes"; \
	    echo "#define COMITY_COMMIT \"$$commit\"" >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
ifneq ($(wildcard drills/cli/main.c),)
$(eval $(call program,comity-drill,drills/cli/main.c,drillcli conduct actors report measure record scenario play oracle office world broker nodes cli keys proto daemon base,\
    -lyaml -lcurl -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd))
endif

# Each build is made by a make of its own: the variables of one do not hold in another.
.PHONY: check-drill
check-drill: ## Each scenario that ships gives one transcript in the builds debug, release and asan, also when two run at once
	$(Q)for v in debug release asan; do \
	    $(MAKE) --no-print-directory V=$$v JOBS=$(JOBS) $(BUILD)/$$v/bin/comity-drill || exit 1; done
	@tests/e2e/drill_builds.sh $(BUILD) asan debug release
