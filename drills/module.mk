# SPDX-License-Identifier: Apache-2.0
# The small in-process host: the same broker and node objects over a memory disk and no sockets.
$(eval $(call library,world,$(wildcard drills/world/*.c)))
