#!/usr/bin/env bats
# The scripts people and machines run, as far as they run without a network.
load helper

# A stand-in for a tool on PATH: `stand_in NAME 'shell text'`.
stand_in()
{
	mkdir -p bin
	printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
	PATH=$PWD/bin:$PATH
}

@test "fetch-data: refuses what has another checksum and leaves no file" {
	stand_in curl 'while [ "$1" != -o ]; do shift; done; echo wrong >"$2"'
	fails 1 'has another SHA-256; refused' sh "$ROOT/scripts/fetch-data" x.csv
	[ "$(ls -A)" = "$(printf '.stderr\n.stdout\nbin')" ]
}

@test "fetch-data: a place that does not answer is named, and status is 2" {
	stand_in curl 'exit 22'
	fails 2 'could not fetch file:///nowhere' env NETSEC_DATA_URL=file:///nowhere sh "$ROOT/scripts/fetch-data" x.csv
}

@test "fetch-data: never overwrites another file" {
	echo mine >x.csv
	fails 2 'x.csv is there and is something else' sh "$ROOT/scripts/fetch-data" x.csv
	[ "$(cat x.csv)" = mine ]
}

@test "fetch-data: a wrong call shows the usage" {
	fails 2 'usage: sh scripts/fetch-data' sh "$ROOT/scripts/fetch-data" --help
	fails 2 'usage: sh scripts/fetch-data' sh "$ROOT/scripts/fetch-data" a b
}

@test "fetch-data: fetches, checks and names the right set" {
	real_set
	command -v curl || skip "no curl"
	fails 0 'x.csv is the UCI set' env NETSEC_DATA_URL="file://$(realpath "$NETSEC_PHISHING_CSV")" sh "$ROOT/scripts/fetch-data" x.csv
	cmp x.csv "$NETSEC_PHISHING_CSV"
	fails 0 'is there already, and is right' sh "$ROOT/scripts/fetch-data" x.csv
}

@test "install-deps: does nothing where everything is there" {
	stand_in dpkg-query 'echo install ok installed'
	stand_in apt-get 'exit 1'
	same '' sh -c "sh $ROOT/scripts/install-deps --test; echo"
}

@test "install-deps: without root and sudo it names what is missing" {
	stand_in dpkg-query 'case $4 in libcsv-dev) exit 1 ;; esac; echo install ok installed'
	stand_in apt-get 'exit 1'
	stand_in id 'echo 1000'
	for tool in sh dirname; do ln -s "$(command -v $tool)" bin/; done
	fails 2 'needs root or sudo to install: libcsv-dev$' env PATH="$PWD/bin" sh "$ROOT/scripts/install-deps"
}

@test "install-deps: what apt-get cannot install is said, with status 2" {
	stand_in dpkg-query 'exit 1'
	stand_in apt-get 'echo "E: no such thing"; exit 100'
	stand_in id 'echo 0'
	fails 2 'apt-get could not install: gcc' sh "$ROOT/scripts/install-deps"
	[[ $stderr == *"E: no such thing"* ]]
}

@test "run-tests: counts what a runner says, and a death or a missing test as a failure" {
	count()
	{
		sh "$ROOT/scripts/run-tests" logs x "$1" "$2" sh -c "$3" >/dev/null
		cat logs/x.count
	}
	[ "$(count tap 9 'printf "1..3\nok 1 a\nok 2 b # skip no\nok 3 c\n"')" = "2 0 1" ]
	[ "$(count tap 9 'printf "1..2\nok 1 a\nnot ok 2 b\n"; exit 1')" = "1 1 0" ]
	[ "$(count tap 9 'printf "1..2\nnot ok 1 # SKIP a\nok 2 - b\n"')" = "1 0 1" ]    # as cmocka says it
	[ "$(count tap 9 'printf "1..1\nok 1 a\n1..1\nok 1 b\n"')" = "2 0 0" ]           # two groups in one program
	[ "$(count tap 9 'printf "1..2\nok 1 a\nok 7 noise\nok 2 b\n"')" = "2 0 0" ]
	[ "$(count tap 9 'printf "1..3\nok 1 a\n"')" = "1 1 0" ]
	[ "$(count tap 9 'printf "1..1\nok 1 a\n"; exit 86')" = "1 1 0" ]                # a leak found at the end
	[ "$(count tap 9 'printf "1..2\nok 1 a\n"; kill -SEGV $$')" = "1 1 0" ]
	[ "$(count tap 9 'exit 0')" = "0 1 0" ]
	[ "$(count tap 1 'echo 1..1; sleep 5; echo ok 1 a')" = "0 1 0" ]
	[ "$(count step 9 'echo ok 1 a')" = "1 0 0" ]
	[ "$(count step 9 'exit 3')" = "0 1 0" ]
}

@test "quickstart: refuses what is not there before it installs anything" {
	stand_in apt-get 'echo called >called'
	fails 2 "^quickstart: no.csv: there is no such file$" sh "$ROOT/scripts/quickstart" no.csv Target
	: >empty.csv
	fails 1 "^quickstart: empty.csv: is empty$" sh "$ROOT/scripts/quickstart" empty.csv Target
	echo 1 >one.csv
	fails 2 'usage: sh scripts/quickstart \[DATA.csv TARGET\]' sh "$ROOT/scripts/quickstart" one.csv
	fails 2 'usage: sh scripts/quickstart' sh "$ROOT/scripts/quickstart" --help
	[ ! -e called ]
}

# bats test_tags=slow
@test "quickstart: from the bundled sample to predictions" {
	OUT=$PWD/out sh "$ROOT/scripts/quickstart" >out.txt
	grep -A 1 '^prediction,' out.txt | grep -E '^(-1|1),'
	[ -s out/pipeline.ns ] && jq -e . out/metrics.json
}

# bats test_tags=slow
@test "quickstart: a table of one's own, with text columns and text labels, and a column that is not there" {
	printf 'colour,weight,kind\n' >"my own.csv"
	awk 'BEGIN { for (i = 0; i < 400; i++) { w = (i * 37) % 100; print (i % 3 ? "\"red, dark\"" : "blue") "," w "," (w > 50 ? "heavy" : "light") } }' >>"my own.csv"
	fails 1 "^ns-validate: .*/my own.csv: no column 'knid' \(did you mean 'kind'\?\)$" env OUT="$PWD/out" sh "$ROOT/scripts/quickstart" "my own.csv" knid
	OUT=$PWD/out sh "$ROOT/scripts/quickstart" "my own.csv" kind >out.txt
	grep -A 1 '^prediction,' out.txt | grep -E '^(heavy|light),'
}

# bats test_tags=slow
@test "quickstart: fields with semicolons between, and training that fails" {
	awk 'BEGIN { print "\357\273\277size;share;kind"; for (i = 0; i < 400; i++) { w = i * 37 % 100; print w ";" w / 7 ";" (w > 50 ? "heavy" : "light") } }' >semi.csv
	OUT=$PWD/out FAMILIES=decision-tree sh "$ROOT/scripts/quickstart" semi.csv kind >out.txt
	grep -qx 'its fields are separated by: ;' out.txt
	grep -A 1 '^prediction;' out.txt | grep -E '^(heavy|light);'
	grep -q "ns-predict -d ';' $PWD/out/pipeline.ns new.csv" out.txt
	sed -i '5s/.*/;/' semi.csv
	fails 1 'quickstart: training failed at the step export: above' env OUT="$PWD/bad" sh "$ROOT/scripts/quickstart" semi.csv kind
	[[ $stderr == *"ns-export: $PWD/semi.csv:5: 2 fields where the header has 3"* ]]
	OUT=$PWD/bad EXPORT='--on-error skip' FAMILIES=decision-tree sh "$ROOT/scripts/quickstart" semi.csv kind >out.txt
	grep -q '^prediction;' out.txt
}
