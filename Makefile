# netsec: build, test, install. The training pipeline is pipeline.mk (`make model` passes through to it).
#
#   make                     build/release: the tools
#   make BUILD=asan          build/asan: with address and undefined-behaviour sanitizers (also: debug, fuzz)
#   make unit                module tests on this build        make check   the whole suite, release and sanitizers
#   make install PREFIX=/usr/local DESTDIR=

VERSION := 1.0.0
BUILD ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
B := build/$(BUILD)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wformat=2
OPT_release := -O3 -DNDEBUG
OPT_debug := -O0 -g3
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_tsan := -O1 -g -fsanitize=thread
OPT_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE -ffp-contract=off $(OPT_$(BUILD)) $(WARN) -Ilib -MMD -MP -pthread $(CFLAGS)
LDFLAGS_ALL = $(OPT_$(BUILD)) -pthread -Wl,--as-needed $(LDFLAGS)
LIBS := -lcsv -lyaml -lz -lzstd -llz4 -lm

# Layers, lowest last: a later one may be used by an earlier one, never the other way round.
LAYERS := net learn stage model near stat table base
ARCHIVES := $(foreach l,$(LAYERS),$(if $(wildcard lib/$l/*.c),$B/$l.a))
TOOLS := $(patsubst tools/%.c,$B/%,$(wildcard tools/ns-*.c))
UNITS := $(patsubst tests/%.c,$B/tests/%,$(wildcard tests/lib/*_test.c tests/learn/*_test.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))

tools: $(TOOLS)
libs: $(ARCHIVES)
units: $(UNITS)
fuzzers: $(FUZZERS)

define layer
$B/$1.a: $(patsubst %.c,$B/%.o,$(wildcard lib/$1/*.c))
	@rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$l)))

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

$B/lib/base/version.o: CFLAGS_ALL += -DNS_VERSION='"$(VERSION)"'

$B/ns-%: $B/tools/ns-%.o $(ARCHIVES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$B/tests/%_test: $B/tests/%_test.o $(ARCHIVES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) -lcmocka

# With BUILD=fuzz libFuzzer drives the targets; in every other build a small driver replays files as a plain test.
FUZZ_DRIVER := $(if $(filter fuzz,$(BUILD)),,$B/tests/fuzz/driver.o)
FUZZ_FLAGS := $(if $(filter fuzz,$(BUILD)),-fsanitize=fuzzer)
$B/fuzz/%_fuzz: $B/tests/fuzz/%_fuzz.o $(FUZZ_DRIVER) $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) $(FUZZ_FLAGS) -o $@ $^ $(LIBS)

unit: $(UNITS)
	@failed=0; for t in $(UNITS); do $$t || failed=1; done; exit $$failed

clean:
	rm -rf build

.PHONY: tools libs units fuzzers unit clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $B -name '*.d' 2>/dev/null)
