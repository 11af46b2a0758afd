# SPDX-License-Identifier: Apache-2.0
$(eval $(call library,broker,$(wildcard broker/*.c)))
# The host as a library too, so that its tests need no process.
$(eval $(call library,hub,$(filter-out broker/daemon/main.c,$(wildcard broker/daemon/*.c))))
ifneq ($(wildcard broker/daemon/main.c),)
$(eval $(call program,comity-broker,broker/daemon/main.c,hub broker keys proto daemon base,\
    -lzmq -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd))
endif
