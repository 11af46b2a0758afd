# SPDX-License-Identifier: Apache-2.0
# The simulated machine room, what is played in it, and the oracle that watches; one program for `comity world`.
$(eval $(call library,world,$(wildcard drills/world/*.c)))
$(eval $(call library,oracle,$(wildcard drills/oracle/*.c)))
$(eval $(call library,play,$(wildcard drills/play/*.c)))
$(eval $(call library,drillcli,$(filter-out drills/cli/main.c,$(wildcard drills/cli/*.c))))
ifneq ($(wildcard drills/cli/main.c),)
$(eval $(call program,comity-drill,drills/cli/main.c,drillcli play oracle world broker nodes cli keys proto daemon base,\
    -lcurl -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd))
endif
