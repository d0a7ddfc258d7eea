# netsec: build, test, install. The training pipeline is pipeline.mk (`make model` passes through to it).
#
#   make                     build/release: the tools
#   make BUILD=asan          build/asan: with address and undefined-behaviour sanitizers (also: debug, fuzz)
#   make unit                module tests on this build
#   make check               the whole suite, release and sanitizers (sh scripts/test)
#   make lint                the rules of the source
#   make fuzz FUZZ_TIME=60   libFuzzer on every parser, so many seconds each; finds go to build/fuzz/found
#   make bench               speed beside pandas, Miller, scikit-learn and XGBoost; sh tests/bench/run says how to run a part
#   make model DATA=my.csv TARGET=column OUT=artifacts
#   make install PREFIX=/usr/local DESTDIR=      make uninstall the same way

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
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE -ffp-contract=off $(OPT_$(BUILD)) $(WARN) -Ilib $(MONGOC) -MMD -MP -pthread $(CFLAGS)
LDFLAGS_ALL = $(OPT_$(BUILD)) -pthread -Wl,--as-needed $(LDFLAGS)
# libmongoc and libbson keep their headers in folders of their own.
MONGOC_HEADERS := /usr/include
MONGOC := -isystem $(MONGOC_HEADERS)/libmongoc-1.0 -isystem $(MONGOC_HEADERS)/libbson-1.0
LIBS := -lmongoc-1.0 -lbson-1.0 -lcsv -lyaml -lz -lzstd -llz4 -lsvm -lm

# Layers, lowest last: a later one may be used by an earlier one, never the other way round.
LAYERS := net learn stage model near stat table base
ARCHIVES := $(foreach l,$(LAYERS),$(if $(wildcard lib/$l/*.c),$B/$l.a))
TOOLS := $(patsubst tools/%.c,$B/%,$(wildcard tools/ns-*.c))
UNITS := $(patsubst tests/%.c,$B/tests/%,$(wildcard tests/lib/*_test.c tests/learn/*_test.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
BENCHES := $(patsubst tests/bench/%.c,$B/bench/%,$(wildcard tests/bench/*.c))

tools: $(TOOLS)
libs: $(ARCHIVES)
units: $(UNITS)
fuzzers: $(FUZZERS)
benches: $(BENCHES)

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

$B/bench/%: $B/tests/bench/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

unit: $(UNITS)
	@failed=0; for t in $(UNITS); do $$t || failed=1; done; exit $$failed

check:
	sh scripts/test

lint: libs
	NS_BUILD=$B bats tests/lint.bats

FUZZ_TIME := 60
fuzz:
	$(MAKE) BUILD=fuzz CC=clang fuzzers
	@set -e; for target in $(FUZZERS:$B/%=build/fuzz/%); do \
		name=$$(basename $$target _fuzz); found=build/fuzz/found/$$name; mkdir -p $$found; echo "== $$name"; \
		$$target -max_total_time=$(FUZZ_TIME) -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 -verbosity=1 \
			-artifact_prefix=$$found/ $$found $$(ls -d tests/fuzz/corpus/$$name 2>/dev/null); \
	done

bench: tools benches
	NS_BUILD=$B sh tests/bench/run

# The training pipeline stands on its own, so that it can be installed; here it uses the tools just built.
model: tools
	@NS_BIN="$(abspath $B)" $(MAKE) --no-print-directory -f pipeline.mk $@

PREFIX := /usr/local
bindir = $(DESTDIR)$(PREFIX)/bin
mandir = $(DESTDIR)$(PREFIX)/share/man
sharedir = $(DESTDIR)$(PREFIX)/share/netsec
completiondir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
PAGES := $(wildcard man/*.[1-8])
NAMES := $(notdir $(TOOLS))
PIPELINE_SCRIPTS := scripts/step scripts/model-summary

install: tools
	install -d "$(bindir)" "$(sharedir)/schema" "$(sharedir)/scripts" "$(completiondir)" $(foreach s,$(sort $(suffix $(PAGES))),"$(mandir)/man$(s:.%=%)")
	install -m 755 $(TOOLS) "$(bindir)"
	install -m 644 pipeline.mk "$(sharedir)"
	install -m 755 $(PIPELINE_SCRIPTS) "$(sharedir)/scripts"
	install -m 644 $(wildcard schema/*) "$(sharedir)/schema"
	$(foreach p,$(PAGES),install -m 644 $p "$(mandir)/man$(patsubst .%,%,$(suffix $p))" &&) true
	install -m 644 scripts/bash-completion "$(completiondir)/netsec"
	@for tool in $(NAMES); do ln -sf netsec "$(completiondir)/$$tool"; done

uninstall:
	rm -rf "$(sharedir)"
	rm -f $(NAMES:%="$(bindir)/%") $(NAMES:%="$(completiondir)/%") "$(completiondir)/netsec" \
		$(foreach p,$(PAGES),"$(mandir)/man$(patsubst .%,%,$(suffix $p))/$(notdir $p)")

clean:
	rm -rf build

.PHONY: tools libs units fuzzers benches unit check lint fuzz bench model install uninstall clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $B -name '*.d' 2>/dev/null)
