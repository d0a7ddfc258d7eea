#!/usr/bin/env bats
# What ns-fit promises of every learner, by the tool itself; what they learn is tests/learn/learner_test.c's.
load ../helper

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	mapfile -t LEARNERS < <(ns-fit --list | sed -nE 's/^([a-z-]+): .*/\1/p')
	((${#LEARNERS[@]} > 0))
	awk -v OFS=, 'BEGIN {
		print "a,b,y"
		for (i = 0; i < 60; i++)
			print i % 7 ? (i * 7) % 13 : "", i % 5, i % 3 ? "good" : "bad"
	}' >holes.csv
	grep -v '^,' holes.csv >whole.csv
}

@test "missing values: learnt from and predicted, or refused with the remedy" {
	local taken=0 refused=0
	for learner in "${LEARNERS[@]}"; do
		if ns-fit "$learner" -t y <holes.csv >model.ns 2>err; then
			taken=$((taken + 1))
			[[ $(ns-predict --only model.ns <holes.csv | wc -l) == 61 ]]
		else
			refused=$((refused + 1))
			fails 1 "^ns-fit: .*column 'a': 9 of 60 values are missing \(ns-impute fills them\)$" ns-fit "$learner" -t y holes.csv
			ns-fit "$learner" -t y <whole.csv >model.ns
			fails 1 "column 'a' is missing: the model was trained on complete numbers" ns-predict model.ns holes.csv
		fi
	done
	((taken > 0 && refused > 0))
}

@test "where no training value was missing none may be when predicting" {
	for learner in "${LEARNERS[@]}"; do
		ns-fit "$learner" -t y <whole.csv >model.ns
		ns-predict model.ns <whole.csv >out.csv
		fails 1 "column 'a' is missing: the model was trained on complete numbers" ns-predict model.ns holes.csv
	done
}

@test "one class alone is refused, and so is an infinite value" {
	grep -v bad whole.csv >one.csv
	sed '2s/^[0-9]*,/inf,/' whole.csv >infinite.csv
	for learner in "${LEARNERS[@]}"; do
		fails 1 "^ns-fit: one\.csv: target 'y' has one class only: there is nothing to tell apart$" ns-fit "$learner" -t y one.csv
		fails 1 "column 'a': 1 of [0-9]* values are infinite \(ns-impute --inf missing\)$" ns-fit "$learner" -t y infinite.csv
	done
}

@test "CSV and Arrow, one thread and three, rows backwards: the same bytes" {
	ns-convert -O arrow whole.csv >whole.arrow
	{ head -n 1 whole.csv; tail -n +2 whole.csv | tac; } >backwards.csv
	for learner in "${LEARNERS[@]}"; do
		ns-fit "$learner" -t y -j 1 <whole.csv >model.ns
		for other in "-j 3 whole.csv" whole.arrow backwards.csv; do
			# shellcheck disable=SC2086
			ns-fit "$learner" -t y $other | cmp - model.ns
		done
	done
}

@test "predicting needs no library that only learning needs" {
	for library in libxgboost libsvm libgomp; do
		if ldd "$NS_BUILD/ns-predict" | grep -F "$library"; then
			false
		fi
	done
	if ldd "$NS_BUILD/ns-fit" | grep -F libxgboost; then # it is loaded when it is asked for
		false
	fi
}
