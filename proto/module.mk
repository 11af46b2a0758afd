# SPDX-License-Identifier: Apache-2.0
PROTOS    := $(wildcard proto/*.proto)
GENERATED := $(PROTOS:%.proto=$(BUILD)/gen/%.pb-c.h)

$(BUILD)/gen/%.pb-c.c $(BUILD)/gen/%.pb-c.h &: %.proto
	@mkdir -p $(@D)
	@echo "  PB   $<"
	$(Q)protoc-c --c_out=$(BUILD)/gen $<

$(eval $(call library,proto,$(wildcard proto/*.c)))
proto.GEN := $(PROTOS:%.proto=$(B)/obj/gen/%.pb-c.o)
OBJECTS += $(proto.GEN)
$(B)/lib/libproto.a: $(proto.GEN)
