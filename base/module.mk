# SPDX-License-Identifier: Apache-2.0
$(eval $(call library,base,$(wildcard base/*.c)))
# What both daemons' hosts share: clocks, randomness, signals, log output. No core may use it.
$(eval $(call library,daemon,$(wildcard base/daemon/*.c)))
