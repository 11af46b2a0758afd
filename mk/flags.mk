# SPDX-License-Identifier: Apache-2.0
# Flags by variant. What a user gives in CFLAGS and LDFLAGS is added and cannot take ours away.
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum \
            -Wvla -Wundef -Wformat=2 -Wwrite-strings -Wpointer-arith -Wno-overlength-strings $(if $(WERROR),-Werror)
HARDENING := -fstack-protector-strong -fPIE
LINK_HARDENING := -pie -Wl,-z,relro,-z,now

VARIANT.debug   := -O1 -g
VARIANT.release := -O2 -g -D_FORTIFY_SOURCE=2
VARIANT.asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
VARIANT.cov     := -O0 -g --coverage
VARIANT.fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined
ifndef VARIANT.$(V)
$(error V=$(V) is not a variant; use debug, release, asan, cov or fuzz)
endif
ifeq ($(V),fuzz)
CC := clang
endif

CFLAGS_COMMON := -std=c17 -D_POSIX_C_SOURCE=200809L -I. -isystem $(BUILD)/gen $(HARDENING) $(VARIANT.$(V))
CFLAGS_ALL = $(CFLAGS_COMMON) $(WARNINGS) $(CFLAGS)
CFLAGS_GENERATED = $(CFLAGS_COMMON) -w $(CFLAGS)
LDFLAGS_ALL = $(LINK_HARDENING) $(LDFLAGS)
