# SPDX-License-Identifier: Apache-2.0
$(eval $(call library,nodes,$(wildcard nodes/*.c)))
# The host as a library too, so that its tests need no process.
$(eval $(call library,uplink,$(filter-out nodes/daemon/main.c,$(wildcard nodes/daemon/*.c))))
ifneq ($(wildcard nodes/daemon/main.c),)
$(eval $(call program,comity-node,nodes/daemon/main.c,uplink nodes keys proto daemon base,\
    -lzmq -lmicrohttpd -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd))
endif
# The command line as a library too, so that its tests need no process.
$(eval $(call library,cli,$(filter-out nodes/cli/main.c,$(wildcard nodes/cli/*.c)) $(wildcard nodes/settings.c) \
    nodes/field_rules.c nodes/request_kinds.c nodes/template.c nodes/letter_commands.c nodes/letter_opens.c nodes/draft_names.c nodes/metrics.c))
ifneq ($(wildcard nodes/cli/main.c),)
$(eval $(call program,comity,nodes/cli/main.c,cli keys proto daemon base,\
    -lcurl -lprotobuf-c -lsodium -lsqlite3 -ljansson -lsystemd))
endif
