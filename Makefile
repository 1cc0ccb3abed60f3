# SPDX-License-Identifier: ISC
# Makefile -- builds, checks and installs reeld; GNU make
#
# Sources are found by their place, so a new file needs no line here.  Objects
# go to build/, and to build/VARIANT/ when the same rules are used again with
# other flags: asan, fuzz, and the two compilers of lint (gcc, clang).

## make            build ./reeld and ./reelctl
## make check      build and run the tests; T=name: those with name in their path;
##                 NOT="name...": those without any of these
## make soak       the same, in the tests' long form
## make asan       the same tests under AddressSanitizer and UBSan
## make fuzz       every fuzzer for FUZZ_SECONDS (60)
## make lint       all that can be said about the code without running it
## make headers    every header compiles alone
## make bench      reeld beside nginx and Varnish on this machine
## make demo       three players, one slow source, and the map
## make deps       install what build and tests need (deps-lint, deps-bench: more;
##                 deps-peers: front ends, a browser and a player, for their tests)
## make install    DESTDIR is honoured; an existing reeld.conf is kept
## make uninstall  take it away again, but for the configuration
## make dist       a tarball of the last commit
## make clean      remove what was built (distclean: and configured)
##
## V=1 shows commands, VARIANT=asan and the like build in build/VARIANT/.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

VERSION := $(shell sed -n 's/^version=//p' configure)
FUZZ_SECONDS = 60
Q = $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)')

# ----- the configuration, made again when it is old

GOALS := $(or $(MAKECMDGOALS),all)
UNCONFIGURED := clean distclean dist deps deps-lint deps-bench \
    deps-peers help
# Goals for which missing Debian packages are installed, and which.
NEED_TESTS := check soak asan demo
NEED_LINT := lint fuzz

ifneq ($(filter-out $(UNCONFIGURED),$(GOALS)),)
include config.mk
endif

PACKAGES := $(if $(filter $(NEED_TESTS) $(NEED_LINT),$(GOALS)),build tests) \
    $(if $(filter $(NEED_LINT),$(GOALS)),lint)

# A tree that was never configured gets what it needs; one that was is the
# administrator's, and is left alone unless a goal above asks for more.
config.mk: configure
	$(if $(wildcard $@),,@contrib/deps.sh build || :)
	./configure $(CONFIGURE_ARGS)

# The stamp moves only if something was installed: then configure looks again.
ifneq ($(strip $(PACKAGES)),)
ifeq ($(VARIANT),)
config.mk: build/deps.stamp
build/deps.stamp: FORCE
	@contrib/deps.sh -s $@ $(PACKAGES)
endif
endif

# ----- what there is

ROLES := master worker fetcher spooler
LAYERS := base http ts conf proc store $(ROLES)
TEST_DIRS := unit conf http live crash
# Programs of tests/helper besides NAME_main.c, which becomes NAME.
HELPER_PROGRAMS := origin

LIB_SRCS := $(wildcard $(LAYERS:%=src/%/*.c))
CTL_SRCS := $(wildcard src/ctl/*.c)
HEADERS := $(wildcard include/reeld/*.h src/*/*.h)
MANUALS := $(wildcard src/man/*.[1-9])
SRCS := $(wildcard src/main.c) $(LIB_SRCS) $(CTL_SRCS)

HELPER_MAINS := tests/guard.c $(wildcard tests/helper/*_main.c \
    $(HELPER_PROGRAMS:%=tests/helper/%.c))
ORIGIN_SRCS := $(wildcard tests/helper/origin_*.c)
# What a test loads into reeld before the C library, NAME.so.
PRELOAD_SRCS := $(wildcard tests/helper/*_preload.c)
HELPER_SRCS := $(filter-out $(HELPER_MAINS) $(ORIGIN_SRCS) $(PRELOAD_SRCS),\
    $(wildcard tests/helper/*.c))
TEST_SRCS := $(wildcard $(TEST_DIRS:%=tests/%/*_test.c))
FUZZ_SRCS := $(wildcard tests/fuzz/*_fuzz.c)

B := build$(VARIANT:%=/%)
BIN := $(if $(VARIANT),$(B),.)

LIB := $(B)/libreeld.a
FAULTS_LIB := $(B)/libreeld-faults.a
HELPER_LIB := $(B)/libhelper.a
helper = $(patsubst %_main,%,$(patsubst %.c,$(B)/%,$(notdir $(1))))
HELPERS := $(call helper,$(HELPER_MAINS))
PRELOADS := $(PRELOAD_SRCS:tests/helper/%_preload.c=$(B)/%.so)
FUZZERS := $(FUZZ_SRCS:%.c=$(B)/%)
# In the order of TEST_DIRS: where the small things fail, look there first.
TESTS := $(foreach dir,$(TEST_DIRS),$(patsubst %.c,$(B)/%,$(wildcard \
    tests/$(dir)/*_test.c)) $(wildcard tests/$(dir)/*_test.sh))
TEST_PROGRAMS := $(filter-out %.sh,$(TESTS))
CRASH_TESTS := $(filter $(B)/tests/crash/%,$(TEST_PROGRAMS))
PLAIN_TESTS := $(filter-out $(CRASH_TESTS),$(TEST_PROGRAMS))

objects = $(patsubst %.c,$(B)/%.o,$(1))
faulty = $(patsubst %.c,$(B)/faults/%.o,$(1))

OBJS := $(call objects,$(SRCS) $(ORIGIN_SRCS) $(HELPER_SRCS) $(HELPER_MAINS) $(FUZZ_SRCS) \
    $(filter-out tests/crash/%,$(TEST_SRCS)))
FAULTY_OBJS := $(call faulty,$(LIB_SRCS) $(filter tests/crash/%,$(TEST_SRCS)))

# ----- how it is compiled

WARNINGS := -Wall -Wextra -Wpointer-arith -Wstrict-prototypes -Wwrite-strings
# Not for tests: Criterion's macros define functions that nobody declares.
SRC_WARNINGS := -Wmissing-prototypes -Wswitch-enum
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
DEFINES := -D_GNU_SOURCE -DH2O_USE_LIBUV=0

ifeq ($(VARIANT),asan)
CFLAGS := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
LDFLAGS := $(SANITIZE)
else ifeq ($(VARIANT),fuzz)
CC := $(FUZZ_CC)
CFLAGS := -O1 -g -fno-omit-frame-pointer $(SANITIZE) -fsanitize=fuzzer-no-link
LDFLAGS := $(SANITIZE)
else ifneq ($(filter $(VARIANT),gcc clang),)
CC := $(VARIANT)
CFLAGS := -O2 -Werror
endif

# No $(CFLAGS) here: a look at one file wants neither -O2 nor a sanitizer.
LANGUAGE = -std=gnu11 $(DEFINES) -Iinclude -I. $(DEP_CFLAGS) $(WARNINGS)
COMPILE = $(CC) $(LANGUAGE) $(CFLAGS) -pthread -MMD -MP
LINK = $(CC) $(CFLAGS) -pthread $(LDFLAGS) -Wl,--as-needed
LIBS = $(DEP_LIBS) -lm

compile = $(COMPILE) $(if $(filter src/%,$<),$(SRC_WARNINGS)) \
    $(if $(filter tests/%,$<),$(CRITERION_CFLAGS)) $(1) -c -o $@ $<
link = $(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)
# `q`, not `r`: two folders may each have a file of the same name.
archive = rm -f $@; $(AR) qcsD $@ $(filter %.o,$^)
# Writes the text to the target unless that is what it holds.
note = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' >$@.new; \
    if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

.PHONY: all
all: $(BIN)/reeld $(BIN)/reelctl

$(BIN)/reeld: $(B)/src/main.o $(LIB)
	$(call say,LD  $@)
	$(Q)$(link)

$(BIN)/reelctl: $(call objects,$(CTL_SRCS)) $(LIB)
	$(call say,LD  $@)
	$(Q)$(link)

$(LIB): $(call objects,$(LIB_SRCS)) $(B)/sources
$(FAULTS_LIB): $(call faulty,$(LIB_SRCS)) $(B)/sources
$(HELPER_LIB): $(call objects,$(HELPER_SRCS)) $(B)/sources
$(LIB) $(FAULTS_LIB) $(HELPER_LIB):
	$(call say,AR  $@)
	$(Q)$(archive)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC  $<)
	$(Q)$(call compile)

$(B)/faults/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC  $< (faults))
	$(Q)$(call compile,-DREELD_FAULTS)

# The error clips are inside of the worker.
$(call objects,src/worker/clip.c) $(call faulty,src/worker/clip.c): \
    $(wildcard contrib/clips/*.ts)

# Other flags make all objects old; a file added or taken away, all archives.
$(B)/flags: FORCE
	$(call note,$(COMPILE) $(SRC_WARNINGS) $(LINK))
$(B)/sources: FORCE
	$(call note,$(LIB_SRCS) $(HELPER_SRCS))

-include $(OBJS:.o=.d) $(FAULTY_OBJS:.o=.d)

# ----- tests

$(foreach main,$(HELPER_MAINS),$(eval \
    $(call helper,$(main)): $(call objects,$(main))))
$(B)/origin: $(call objects,$(ORIGIN_SRCS))
$(HELPERS): $(HELPER_LIB) $(LIB)
	$(call say,LD  $@)
	$(Q)$(link)

# Never with a sanitizer: the program's own must come first.
$(PRELOADS): $(B)/%.so: tests/helper/%_preload.c
	@mkdir -p $(@D)
	$(call say,LD  $@)
	$(Q)$(CC) $(LANGUAGE) -O1 -g -fPIC -shared -o $@ $< -lbsd

$(PLAIN_TESTS): $(B)/%: $(B)/%.o $(HELPER_LIB) $(LIB)
$(CRASH_TESTS): $(B)/%: $(B)/faults/%.o $(HELPER_LIB) $(FAULTS_LIB)
$(TEST_PROGRAMS):
	@mkdir -p $(@D)
	$(call say,LD  $@)
	$(if $(CRITERION_LIBS),,$(error configure found no Criterion: make deps && ./configure))
	$(Q)$(link) $(CRITERION_LIBS)

path = $(1:$(B)/%=%)
left_out = $(strip $(foreach word,$(NOT),$(findstring $(word),$(path))))
SELECTED := $(strip $(foreach test,$(TESTS),$(if \
    $(or $(if $(T),,all),$(findstring $(T),$(call path,$(test)))),$(if \
    $(call left_out,$(test)),,$(test)))))
# Unit tests start no program of ours, so T=unit wants none built.
NEEDED := $(HELPERS) $(PRELOADS) $(if $(filter-out %tests/unit/,$(dir $(SELECTED))),all)

PROGRAMS = REELD=$(BIN)/reeld REELCTL=$(BIN)/reelctl ORIGIN=$(B)/origin BUILD=$(B)
LIMIT = 300

.PHONY: check soak asan fuzz demo bench
soak: export SOAK = 1
soak: LIMIT = 7200
check soak: $(SELECTED) $(NEEDED) $(B)/guard
	$(if $(SELECTED),,$(error no test has "$(T)" in its path))
	@$(PROGRAMS) tests/run.sh -l $(LIMIT) $(SELECTED)

asan:
	@$(MAKE) VARIANT=asan check

fuzz:
	$(if $(FUZZ_CC),,$(error configure found no libFuzzer: make deps-lint && ./configure))
	@$(MAKE) VARIANT=fuzz run-fuzzers

.PHONY: run-fuzzers $(FUZZERS:%=run/%)
run-fuzzers: $(FUZZERS:%=run/%)

$(FUZZERS): %: %.o $(LIB)
	$(call say,LD  $@)
	$(Q)$(link) -fsanitize=fuzzer

# A finding is written beside the fuzzer; new inputs stay out of the seeds.
$(FUZZERS:%=run/%): run/%_fuzz: %_fuzz
	$(call say,FUZZ $(*F) for $(FUZZ_SECONDS) s)
	$(Q)mkdir -p $*.corpus
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -verbosity=0 \
	    -print_final_stats=1 -artifact_prefix=$*. $*.corpus \
	    $(wildcard tests/fuzz/seeds/$(*F)) >$*.log 2>&1 || \
	    { cat $*.log; exit 1; }
	@grep number_of_executed_units $*.log

demo: all $(HELPERS)
	@$(PROGRAMS) contrib/demo/demo.sh

bench: all $(HELPERS)
	@contrib/deps.sh -n bench || { echo 'run: make deps-bench'; exit 1; }
	@$(PROGRAMS) tests/bench/bench.sh

# ----- lint

# Left out: what objects to sizeof(*p) of a pointer to pointers, to strings with a
# length, to two ints side by side, and to snprintf and memcpy as such.
TIDY_CHECKS := -*,clang-analyzer-*,bugprone-*
TIDY_LEAVE := -clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling \
    -bugprone-easily-swappable-parameters -bugprone-reserved-identifier \
    -bugprone-implicit-widening-of-multiplication-result \
    -bugprone-narrowing-conversions -bugprone-not-null-terminated-result \
    -bugprone-sizeof-expression
comma := ,
empty :=
tidy_checks = $(TIDY_CHECKS)$(subst $(empty) -,$(comma)-, $(strip $(TIDY_LEAVE)))
# cppcheck does not read system headers; these macros make loops, types and
# functions.
CPPCHECK_MACROS := --include=/usr/include/bsd/sys/queue.h -D'RB_GENERATE_STATIC(n,t,f,c)=' \
    -D'RB_PROTOTYPE_STATIC(n,t,f,c)='
SHELL_SCRIPTS = configure .ci/run $(shell find contrib tests -name '*.sh')
TIDY := $(SRCS:%=tidy/%)
ALONE := $(HEADERS:%=alone/%)

.PHONY: lint lint-rules lint-tidy lint-cppcheck lint-shell lint-man objects
.PHONY: lint-gcc lint-clang headers $(TIDY) $(ALONE)
lint: lint-rules lint-shell lint-man headers lint-gcc lint-clang lint-cppcheck \
    lint-tidy
	@echo 'lint: clean'

lint-rules:
	$(Q)tests/lint/includes.sh
	$(Q)tests/lint/words.sh
	$(Q)tests/lint/style.sh

lint-gcc lint-clang: lint-%:
	@$(MAKE) VARIANT=$* objects
objects: $(OBJS) $(FAULTY_OBJS)

headers: $(ALONE)
$(ALONE): alone/%:
	$(call say,ALONE $*)
	$(Q)printf '#include "%s"\n' config.h $* $* | \
	    $(CC) $(LANGUAGE) -Werror -fsyntax-only -x c -

.PHONY: have-tidy
have-tidy:
	@command -v clang-tidy >/dev/null || \
	    { echo 'lint-tidy: no clang-tidy: make deps-lint' >&2; exit 1; }

lint-tidy: $(TIDY)
$(TIDY): tidy/%: have-tidy
	$(call say,TIDY $*)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' \
	    --checks='$(tidy_checks)' $* -- $(LANGUAGE) 2>/dev/null

lint-cppcheck:
	$(call say,CPPCHECK src)
	$(Q)cppcheck --quiet --enable=warning,performance --inline-suppr \
	    --error-exitcode=1 --std=c11 --suppress=missingIncludeSystem \
	    $(DEFINES) $(CPPCHECK_MACROS) -Iinclude -I. src

lint-shell:
	$(call say,SHELLCHECK)
	$(Q)shellcheck $(SHELL_SCRIPTS)

lint-man:
	$(call say,MANDOC)
	$(Q)$(if $(MANUALS),mandoc -T lint -W warning $(MANUALS))

# ----- packages, installation, distribution

.PHONY: deps deps-lint deps-bench deps-peers
deps:
	@contrib/deps.sh build tests
deps-lint:
	@contrib/deps.sh build tests lint
deps-bench:
	@contrib/deps.sh build tests bench
deps-peers:
	@contrib/deps.sh build tests peers

CONFDIR = $(DESTDIR)$(sysconfdir)/reeld

.PHONY: install uninstall dist clean distclean help FORCE
install: all
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) $(CONFDIR)
	install -m 755 reeld $(DESTDIR)$(sbindir)/reeld
	install -m 755 reelctl $(DESTDIR)$(bindir)/reelctl
	$(foreach page,$(MANUALS),install -D -m 644 $(page) \
	    $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)) &&) :
	test -e $(CONFDIR)/reeld.conf || \
	    install -m 644 etc/reeld.conf $(CONFDIR)/reeld.conf

uninstall:
	rm -f $(DESTDIR)$(sbindir)/reeld $(DESTDIR)$(bindir)/reelctl \
	    $(foreach page,$(MANUALS),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix \
	    $(page)))/$(notdir $(page)))

dist:
	git archive --prefix=reeld-$(VERSION)/ -o reeld-$(VERSION).tar.gz HEAD

clean:
	rm -rf build reeld reelctl

distclean: clean
	rm -f config.h config.mk config.log reeld-*.tar.gz

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

FORCE:
