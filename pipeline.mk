# pipeline.mk: from a data file to a tested model, one filter per arrow.
#
#   make -f .../pipeline.mk model DATA=my.csv TARGET=Label [OUT=artifacts] [SCHEMA=schema.yaml] ...
#   make -f .../pipeline.mk model DATABASE=name COLLECTION=name [MONGODB_URI=@FILE] TARGET=Label ...
#
#   DATA -> table -> valid.arrow -> train.arrow, test.arrow -> fold-K/... -> candidates.csv, chosen -> model.ns -> pipeline.ns
#        -> metrics.json                (with TEST_DATA: test-table -> test-valid.arrow -> test.arrow)
#   collection -> store/1.csv, 2.csv ... -> table
#
# Everything learnt is learnt on the training part alone, inside each fold while searching; what scores a candidate is never balanced;
# the test part is used once, to report. Every variable below can be set on the command line or in ./netsec.mk.
#
# Options and expressions are the tools', quoted as for the shell, and the whole once more where it stands on a command line:
# make model DERIVE="'ratio = a / (b + 1)' 'mail = contains(url, \"@\")'". In netsec.mk nothing stands around them:
# DERIVE = 'ratio = a / (b + 1)'. Make takes a $ as $$, in both, and in netsec.mk # as \#.
#
# How it stays incremental: each step runs in scripts/step, which replaces an output only when its bytes changed and then marks
# the step done; each step's own command line is a prerequisite. So only what really changed is made again.

-include netsec.mk

DATA ?=
# In place of DATA, a collection of a MongoDB-compatible server. Where that is, is said by MONGODB_URI in the environment or in ./.env, or
# by MONGODB_URI=@FILE here: a password may not stand on make's command line, which goes to every program that a build starts, nor in
# netsec.mk. Each build first brings what is new, as one more part of OUT/store (ns-export(1), --since-file), and goes on where there
# was any. Documents that were changed or deleted are seen when FULL=1 exports all of them anew: once a week, say.
DATABASE ?=
COLLECTION ?=
MONGODB_URI ?=
FULL ?=
# What stands between the fields of DATA, where that is no comma: DELIMITER=';' or tab.
DELIMITER ?=
# How the values of DATA are to be read: INPUT="--trim --na '?'" where blanks stand around them and a question mark for what is missing,
# INPUT='-H --names age,work,pay' where there is no header; any options of ns-export that all tools have (ns-export(1)).
INPUT ?=
# More options of ns-export: EXPORT='--on-error skip --rejects bad.csv' leaves out records that do not part into columns; of a
# collection, EXPORT="--query '{\"checked\": true}' --drop raw" says which documents, and what of them; EXPORT='--since-field updated_at'
# what tells new ones, where that is not the time of their _id.
EXPORT ?=
# What ns-derive is to put right in raw records before anything else sees them, the target too: CLEAN="\"pay = trim(pay, '.')\"", or
# classes of a few rows as one, since each fold needs rows of every class: CLEAN="\"label = if(label in ('spy', 'perl'), 'rare', label)\"".
# It is no part of the model: new rows for it must be as it leaves them. It sees the test part, so it may not learn what to leave out.
CLEAN ?= none
# A file like DATA that is the test part, where that is given; else a share of DATA is. How it is read, where that is otherwise.
TEST_DATA ?=
TEST_INPUT ?= $(INPUT)
TARGET ?=
SCHEMA ?=
OUT ?= artifacts
SEED ?= 42
CV ?= 3
TEST ?= 0.2
SCORE ?= f1
POSITIVE ?=
# How rows are split. schema: by the schema's time column (the latest rows are the test part), else, and for folds, rows with equal
# features stay on one side; identical: always that; COLUMN: equal values of it stay together; none: rows are drawn.
GROUP ?= schema
# Another time column than the schema's.
TIME ?=
# A column that says how much each row counts in learning; it is no feature. Rows that BALANCE adds would have none.
WEIGHT ?=
# Preparation: the tools' options, or none to leave the tool out. Infinities, as rates over no time are, count as missing.
# They run in the order in which they stand here, so IMPUTE='--strategy knn' measures columns that are not scaled yet.
# DERIVE makes new features, or drops some, in front of the others: DERIVE="--drop-constant 'ratio = a / (b + 1)'".
# Balancing (BALANCE='-p k_neighbors=5' is SMOTE, BALANCE='--method smote-tomek' others of ns-smote(1)) changes training rows alone; it
# is off unless asked for, since it shifts the probabilities and refuses classes of a handful of rows. It sees encoded columns; so
# --method smote-nc needs --categorical COLUMN, a column that ENCODE='--use ordinal=COLUMN' numbers and SCALE='-x COLUMN' leaves alone.
# A column that a guessed schema leaves out, as text of many values, takes 'role: feature' in it and ENCODE='--use target=COLUMN'.
# EXPRESSIONS is a file of such expressions, one a line, which need no quotes of the shell there.
DERIVE ?= none
EXPRESSIONS ?=
IMPUTE ?= --strategy median --inf missing --text-strategy most_frequent
ENCODE ?= --strategy one-hot --min-frequency 10
SCALE ?= --strategy standard
BALANCE ?= none
# Families of models and their grids: a list of models (ns-fit(1)); schema/models-001.yaml and others come with netsec.
# What stands in FAMILIES (their names) or GRID_family (-p options) goes before it.
MODELS ?= $(HERE)/schema/models.yaml
# The least score of a candidate that will do, and how far its score on the rows learnt from may be away: warn or refuse (ns-select(1)).
# Scores of which less is better have neither.
BASE_SCORE ?=
GAP ?=
GAP_ACTION ?= warn
# Steps done side by side, where make's own -j does not say it. Each holds its table in memory, and has threads of its own: THREADS of
# them, all cores where that is empty. Neither changes what comes out.
THREADS ?=
JOBS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

SELF := $(lastword $(filter %pipeline.mk,$(MAKEFILE_LIST)))
HERE := $(patsubst %/,%,$(dir $(SELF)))
STEP := . $(HERE)/scripts/step
# The tools of the folder this file stands in, where they were built there; else those on PATH.
NS_BIN ?= $(if $(wildcard $(HERE)/build/release/ns-fit),$(HERE)/build/release)
export PATH := $(if $(NS_BIN),$(NS_BIN):)$(PATH)
# Which of the names under which ns-export finds the server were said to make, where others can read them, and not by the environment.
SAID := $(foreach v,MONGODB_URI MONGO_DB_URL MONGO_DB_URI,$(if $(filter command file override,$(firstword $(origin $v))),$v))
STORE := $(OUT)/store/since
export DATA TEST_DATA SCHEMA EXPRESSIONS TARGET OUT MODELS THREADS CV JOBS CLEAN WEIGHT BALANCE
export DATABASE COLLECTION MONGODB_URI SAID FULL STORE EXPORT DELIMITER INPUT

# One build at a time in OUT, in an inner make that holds the lock; status.json says how it ended.
.PHONY: model
model:
	@$(STEP) build $(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS))$(filter -j%,$(MAKEFLAGS)),,-j$(JOBS)) -f $(SELF) built

ifneq ($(filter built,$(MAKECMDGOALS)),)

o := $(OUT)
S := -S $o/schema.yaml
# A name or a class as a word of the shell, whatever stands in it.
quoted = '$(subst ','\'',$1)'
T := $(if $(TARGET),-t $(call quoted,$(TARGET)))
K := $(wordlist 1,$(CV),$(shell echo {1..1000}))
GROUPING := $(if $(filter schema,$(GROUP)),--as-schema,$(if $(filter identical,$(GROUP)),--group-identical,$(if $(filter none,$(GROUP)),,--group $(call quoted,$(GROUP)))))
D := $(if $(DELIMITER),-d $(call quoted,$(DELIMITER)))
# What of INPUT still holds for the table that ns-export wrote: `values` (scripts/step) puts it in $values.
V := $(if $(INPUT),values $(INPUT); )
V_test := $(if $(TEST_INPUT),values $(TEST_INPUT); )
v = "$${values[@]}"
j := $${THREADS:+-j $$THREADS}
W := $(if $(WEIGHT),--weight $(call quoted,$(WEIGHT)))
X := $(if $(WEIGHT),-x $(call quoted,$(WEIGHT)))
POS := $(if $(POSITIVE),--positive $(call quoted,$(POSITIVE)))
empty :=
space := $(empty) $(empty)

# Make 4.3 does not always take away the newline at the end of a file that it reads.
define newline


endef

# $(call add,NAME,OUTPUTS,INPUTS,COMMAND): COMMAND reads $o/INPUT and writes $n/OUTPUT, which moves to $o/OUTPUT when its bytes changed.
# It is taken by name, $$4, since make would look for comments in its text.
define step
ifneq ($$(words $(addprefix $o/,$2)),$$(words $$(wildcard $(addprefix $o/,$2))))
undone += $o/.done/$(subst /,.,$1)
endif
command_$1 := $$4
ifneq ($$(subst $$(newline),,$$(file <$o/.done/$(subst /,.,$1).command)),$$(command_$1))
$$(file >$o/.done/$(subst /,.,$1).command,$$(command_$1))
endif
$o/.done/$(subst /,.,$1): $(addprefix $o/,$3) $o/.done/$(subst /,.,$1).command
	@$(STEP) run $1 "$2" $$^
$(addprefix $o/,$2): $o/.done/$(subst /,.,$1) ;
endef
add = $(eval $(call step,$1,$2,$3))

.PHONY: built
built: $o/summary.txt $o/pipeline.ns $o/metrics.json
	@cat $o/summary.txt

$o/.done/%.command: ;

# What is read from outside counts as changed when its name, size, time or inode did; the steps behind compare bytes.
$(shell $(STEP) watch $(if $(DATABASE),STORE,DATA) TEST_DATA SCHEMA EXPRESSIONS)
# Each line of the list of models is one word: family^-p^parameter=values^...
LISTED := $(shell $(STEP) models)
ifneq ($(.SHELLSTATUS),0)
$(error nothing was built)
endif
parts = $(subst ^,$(space),$1)
$(foreach line,$(LISTED),$(eval GRID_$(firstword $(call parts,$(line))) ?= $(wordlist 2,99,$(call parts,$(line)))))
ifndef FAMILIES
FAMILIES := $(foreach line,$(LISTED),$(firstword $(call parts,$(line))))
endif

clean = $(if $(filter-out none,$(CLEAN)),| ns-derive -q $D $(v) $(CLEAN) )
ifneq ($(DATABASE),)
$(call add,export,table,.watch-STORE,$(if $(clean),$V)parts && ns-convert $(INPUT) "$${parts[@]}" $(clean)> $$n/table)
else
$(call add,export,table,.watch-DATA,$(if $(clean),$V)ns-export $D $(INPUT) $(EXPORT) "$$DATA" $(clean)> $$n/table)
endif
ifneq ($(SCHEMA),)
$(call add,schema,schema.yaml,.watch-SCHEMA,cp "$$SCHEMA" $$n/schema.yaml)
else ifeq ($(wildcard $o/schema.yaml),)
$(call add,schema,schema.yaml,table,$V$(STEP) schema $$n/schema.yaml $D $(v))
endif
$(call add,validate,valid.arrow validation.yaml,table schema.yaml,\
	$Vns-validate $S $D $(v) $T --require-target --report $$n/validation.yaml -O arrow < $o/table > $$n/valid.arrow)
ifneq ($(TEST_DATA),)
$(call add,test-export,test-table,.watch-TEST_DATA,$(if $(clean),$(V_test))ns-export $D $(TEST_INPUT) $(if $(DATABASE),,$(EXPORT)) "$$TEST_DATA" $(clean)> $$n/test-table)
$(call add,test-validate,test-valid.arrow test-validation.yaml,test-table schema.yaml,\
	$(V_test)ns-validate $S $D $(v) $T --require-target --report $$n/test-validation.yaml -O arrow < $o/test-table > $$n/test-valid.arrow)
$(call add,split,train.arrow test.arrow,valid.arrow test-valid.arrow,cp $o/valid.arrow $$n/train.arrow && cp $o/test-valid.arrow $$n/test.arrow)
else
$(call add,split,train.arrow test.arrow,valid.arrow,\
	ns-split $S $T $X $(if $(TIME),--time $(call quoted,$(TIME)),$(GROUPING)) -s $(SEED) --test $(TEST) --rest $$n/train.arrow < $o/valid.arrow > $$n/test.arrow)
$(call add,random/split,random/train.arrow random/test.arrow,valid.arrow,\
	ns-split -q $S $T -s $(SEED) --test $(TEST) --rest $$n/random/train.arrow < $o/valid.arrow > $$n/random/test.arrow)
endif

# Preparation: learnt on one table; $(call learn,FOLDER,TABLE) writes FOLDER's stages while it transforms TABLE, $(call apply,FOLDER,TABLE)
# uses them.
ifneq ($(EXPRESSIONS),)
$(call add,expressions,expressions,.watch-EXPRESSIONS,cp "$$EXPRESSIONS" $$n/expressions)
E := expressions
endif
STAGES := $(strip $(if $E$(filter-out none,$(DERIVE)),derive) $(if $(filter-out none,$(IMPUTE)),impute) $(if $(filter-out none,$(ENCODE)),encode) $(if $(filter-out none,$(SCALE)),scale))
OPTIONS_derive = $(if $E,--expressions $o/$E) $(if $(filter-out none,$(DERIVE)),$(DERIVE)) $(if $(findstring --drop-,$(DERIVE)),$X) $j
OPTIONS_impute = $(IMPUTE) $X $j
OPTIONS_encode = $(ENCODE) $X $(if $(findstring target,$(ENCODE)),$(POS) -s $(SEED))
OPTIONS_scale = $(SCALE) $X
from = $(if $(filter $1,$(firstword $(STAGES))),< $o/$2,|)
learn = $(if $(STAGES),,cat < $o/$2 )$(foreach stage,$(STAGES),$(call from,$(stage),$2) ns-$(stage) $S $T $(OPTIONS_$(stage)) -w $$n/$1$(stage).ns )$(if $(filter-out none,$(BALANCE)),| ns-smote $S $T $X $(BALANCE) $j -s $(SEED) )
apply = $(if $(STAGES),,cat < $o/$2 )$(foreach stage,$(STAGES),$(call from,$(stage),$2) ns-$(stage) -m $$n/$1$(stage).ns $(if $(filter derive impute,$(stage)),$j ))
files = $(foreach stage,$(STAGES),$1$(stage).ns)

define fold
$(call add,fold-$1/split,fold-$1/part.arrow fold-$1/held.arrow,train.arrow,\
	ns-split -q $S $T $X $(GROUPING) -s $(SEED) --fold $1/$(CV) --rest $$n/fold-$1/part.arrow < $o/train.arrow > $$n/fold-$1/held.arrow)
$(call add,fold-$1/prepare,fold-$1/train.arrow fold-$1/valid.arrow $(call files,fold-$1/),fold-$1/part.arrow fold-$1/held.arrow $E,\
	$(call learn,fold-$1/,fold-$1/part.arrow)> $$n/fold-$1/train.arrow && $(call apply,fold-$1/,fold-$1/held.arrow)> $$n/fold-$1/valid.arrow)
$(foreach family,$(FAMILIES),$(call add,fold-$1/$(family),fold-$1/$(family).csv,fold-$1/train.arrow fold-$1/valid.arrow,\
	ns-fit -q $(family) $S $T $(POS) $W $(GRID_$(family)) $j -s $(SEED) --score $(SCORE) --valid $o/fold-$1/valid.arrow --report - < $o/fold-$1/train.arrow > $$n/fold-$1/$(family).csv))
endef
$(foreach k,$K,$(eval $(call fold,$k)))

REPORTS := $(foreach family,$(FAMILIES),$(foreach k,$K,fold-$k/$(family).csv))
$(call add,select,candidates.csv chosen,$(REPORTS),\
	ns-select --command $$n/chosen $(if $(BASE_SCORE),--base-score $(BASE_SCORE)) $(if $(GAP),--gap $(GAP)) --gap-action $(GAP_ACTION) $(addprefix $o/,$(REPORTS)) > $$n/candidates.csv)

# The chosen one, from the whole training part; and once more on the random split, for comparison with others.
define final
$(call add,$1prepare,$1prepared.arrow $(call files,$1),$1train.arrow $E,\
	$(call learn,$1,$1train.arrow)> $$n/$1prepared.arrow)
$(call add,$1fit,$1model.ns,$1prepared.arrow chosen,\
	ns-fit $(if $1,-q )$$(<$o/chosen) $S $T $(POS) $W $j -s $(SEED) < $o/$1prepared.arrow > $$n/$1model.ns)
$(call add,$1bundle,$1pipeline.ns,$(call files,$1) $1model.ns,\
	cat $(addprefix $o/,$(call files,$1) $1model.ns) > $$n/$1pipeline.ns)
$(call add,$1predict,$1predictions.arrow,$1pipeline.ns $1test.arrow,\
	ns-predict $j $o/$1pipeline.ns < $o/$1test.arrow > $$n/$1predictions.arrow)
$(call add,$1evaluate,$1metrics.json $1metrics.csv,$1predictions.arrow,\
	ns-eval $(if $1,-q )$S $T $(POS) --json $o/$1predictions.arrow > $$n/$1metrics.json && ns-eval -q $S $T $(POS) $o/$1predictions.arrow > $$n/$1metrics.csv)
endef
$(eval $(call final,))
$(if $(TEST_DATA),,$(eval $(call final,random/)))

$(call add,summary,summary.txt,candidates.csv metrics.csv $(if $(TEST_DATA),,random/metrics.csv) validation.yaml,\
	$(HERE)/scripts/model-summary $o $(call quoted,$(GROUP)) $(call quoted,$(TIME)) $(if $(TEST_DATA),"$$TEST_DATA") > $$n/summary.txt)

# A step whose outputs are gone is not done.
$(if $(undone),$(shell rm -f $(undone)))
endif
