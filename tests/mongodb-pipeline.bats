#!/usr/bin/env bats
# make model from a collection of a real server: each document once, whatever is killed when, and nothing done twice.
load helper
load console
load mongodb

setup_file()
{
	mongodb_start || return 0
}

teardown_file()
{
	mongodb_stop
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	mongodb_needed
	export -n DATA # the folder of helper.bash, no variable for make
	sample=$DATA/phishing-sample.csv
	collection=sites$BATS_TEST_NUMBER
	printf '%s\n' 'FAMILIES = decision-tree' 'CV = 2' 'GRID_decision-tree = -p max_depth=2,4' "SCHEMA = $ROOT/schema/phishing.yaml" \
		"DATABASE = $MONGODB_DATABASE" "COLLECTION = $collection" >netsec.mk
}

build()
{
	make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model "$@" >out 2>err || {
		cat err
		return 1
	}
}

steps()
{
	sed -n 's/^  \([a-z0-9/-]*\)$/\1/p' err | sort | tr '\n' ' '
}

# ran STEPS: just these ran.
ran()
{
	[[ $(steps) == "$1" ]] || {
		cat err
		return 1
	}
}

# failed STEP STATUS REGEX: what status.json says of the build before.
failed()
{
	jq -e --arg step "$1" --argjson exit "$2" --arg regex "$3" \
		'.state == "failed" and .step == $step and .exit == $exit and (.message | test($regex))' artifacts/status.json || {
		cat artifacts/status.json err
		return 1
	}
}

# Documents without an _id on stdin get one as a client makes it: what a server makes where there is none may be of no time at all.
with_ids()
{
	awk -v begun="$(date +'%s %N')" 'BEGIN { split(begun, now) } { sub(/{/, sprintf("{\"_id\": {\"$oid\": \"%08x%08x%08x\"}, ", now[1], now[2], NR)); print }'
}

# The rows of a CSV of numbers on stdin as documents.
documents()
{
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
		{ for (i = 1; i <= NF; i++) printf "%s\"%s\": %s", i == 1 ? "{" : ", ", name[i], $i; print "}" }' | with_ids
}

# add FIRST LAST: these lines of the sample, as documents of the collection.
add()
{
	(head -n 1 "$sample"; sed -n "$1,$2p" "$sample") | documents | mongodb_insert "$MONGODB_DATABASE" "$collection"
}

# holds FIRST LAST: the table of the last build is these lines of the sample, each as often as there.
holds()
{
	diff <(sort artifacts/table) <((head -n 1 "$sample"; sed -n "$1,$2p" "$sample") | sort) >differences || {
		head -n 20 differences
		ls -l artifacts/store
		return 1
	}
}

# A folder of the tools with a program of its own in place of ns-export, read from stdin.
with_export()
{
	rm -rf tools
	mkdir tools
	ln -s "$NS_BUILD"/ns-* tools
	rm tools/ns-export
	cat >tools/ns-export
	chmod +x tools/ns-export
}

same_results()
{
	local file
	for file in pipeline.ns metrics.json candidates.csv chosen schema.yaml; do
		cmp "$1/$file" "$2/$file"
	done
}

# road FILE: import all but 500 rows, build; import all, build; build. What comes is what the file gives.
road()
{
	local file=$1 rows
	rows=$(($(wc -l <"$file") - 501))
	head -n $((rows + 1)) "$file" >before.csv
	same "inserted,unchanged,failed\n$rows,0,0" ns-import --source pages "$MONGODB_DATABASE" "$collection" before.csv
	build
	build OUT=file DATABASE= COLLECTION= DATA=before.csv
	same_results artifacts file
	[[ $(ls artifacts/store) == 1.csv$'\n'since ]]
	cp artifacts/pipeline.ns before.ns
	build
	ran 'collect '

	same "inserted,unchanged,failed\n500,$rows,0" ns-import --source pages "$MONGODB_DATABASE" "$collection" "$file"
	build
	[[ $(steps) == *collect*export*' fit '* && $(wc -l <artifacts/store/2.csv) == 501 ]]
	cmp before.ns artifacts/pipeline.previous.ns
	run ! cmp -s before.ns artifacts/pipeline.ns
	build OUT=file DATABASE= COLLECTION= DATA="$file"
	same_results artifacts file
	build
	ran 'collect '
	[[ $(jq -r .state artifacts/status.json) == 'done' ]]
}

@test "the whole road: the same bytes as from the file; 500 documents later those alone come, and it learns anew; then nothing" {
	echo 'FAMILIES = logistic-regression decision-tree random-forest gradient-boosting' >>netsec.mk
	road "$sample"
}

# bats test_tags=slow
@test "the whole road with the real set" {
	real_set
	road "$NETSEC_PHISHING_CSV"
}

@test "no schema: the columns are those of netsec's own, and the bytes those from the file" {
	sed -i /SCHEMA/d netsec.mk
	ns-import "$MONGODB_DATABASE" "$collection" "$sample" >report
	build TARGET=Result
	grep -q 'guessed: these are the columns of phishing.yaml' err
	build TARGET=Result OUT=file DATABASE= COLLECTION= DATA="$sample"
	same_results artifacts file
}

# bats test_tags=slow
@test "builds killed at any moment, 20 times, while documents come: each of them once" {
	local round delay last=601
	add 2 $last
	for ((round = 0; round < 20; round++)); do
		printf -v delay 0.%03d $((RANDOM % (round % 2 ? 120 : 500)))
		setsid make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model FULL=$((round % 5 == 4)) >/dev/null 2>&1 3>&- &
		[[ $((round % 4)) != 0 ]] || add $((last + 1)) $((last += 100))
		sleep "$delay"
		kill -9 -- "-$!" 2>/dev/null || true
		wait "$!" 2>/dev/null || true
	done
	build
	holds 2 $last
	build
	ran 'collect '
}

@test "killed in the middle of a part, and right behind its end: nothing is lost or doubled" {
	add 2 601
	build
	add 602 801
	with_export <<-'END'
		#!/bin/bash
		head -n 100 artifacts/store/1.csv
		kill -9 0
	END
	run setsid --wait make -s -f "$ROOT/pipeline.mk" NS_BIN="$PWD/tools" model
	[[ $(ls artifacts/store) == 1.csv$'\n'2.csv$'\n'since ]]
	build
	holds 2 801
	add 802 901
	with_export <<-'END'
		#!/bin/bash
		"$NS_BUILD/ns-export" "$@"
		kill -9 0
	END
	run setsid --wait make -s -f "$ROOT/pipeline.mk" NS_BIN="$PWD/tools" model
	touch artifacts/store/4.csv artifacts/store/.since.Xa51bc
	build
	holds 2 901
	[[ $(ls -A artifacts/store) == 1.csv$'\n'2.csv$'\n'3.csv$'\n'since ]]
}

@test "told to end while it collects: status.json says so, and the next build goes on" {
	add 2 401
	with_export <<-'END'
		#!/bin/sh
		echo port
		exec sleep 60
	END
	setsid make -s -f "$ROOT/pipeline.mk" NS_BIN="$PWD/tools" model >out 2>err 3>&- &
	until [[ -s artifacts/store/1.csv ]]; do sleep 0.02; done
	kill -TERM -- "-$!"
	run ! wait "$!"
	flock artifacts/.lock true
	failed make 143 interrupted
	[[ ! -e artifacts/table ]]
	build
	holds 2 401
}

@test "FULL=1: what was changed or deleted; a part that is gone, a mark that is damaged" {
	add 2 801
	build
	printf '{"delete": "%s", "deletes": [{"q": {"Result": 1}, "limit": 1}]}' "$collection" | mongodb_command "$MONGODB_DATABASE"
	printf '{"update": "%s", "updates": [{"q": {"Result": -1}, "u": {"$set": {"Result": 1}}}]}' "$collection" | mongodb_command "$MONGODB_DATABASE"
	build
	ran 'collect '
	build FULL=1
	[[ $(wc -l <artifacts/table) == 800 && $(ls artifacts/store) == 1.csv$'\n'since ]]
	[[ $(grep -c -- ',-1$' artifacts/table) == $(($(sed -n 2,801p "$sample" | grep -c -- ',-1$') - 1)) ]]
	build FULL=1 # nothing has changed: exported again, and nothing is learnt
	ran 'collect export '
	build FULL=0
	ran 'collect '

	rm artifacts/store/1.csv
	add 802 901
	run ! build
	failed export 2 'artifacts/store/1.csv is gone: FULL=1'
	build FULL=1
	[[ $(wc -l <artifacts/table) == 900 ]]
	head -c 200 artifacts/store/since >start
	cp start artifacts/store/since
	run ! build
	failed collect 2 since
	grep -q '^make model: FULL=1 exports everything anew; ' err
	build FULL=1
	[[ $(wc -l <artifacts/table) == 900 ]]
}

@test "a field that comes later: the build says so, and what to do" {
	sed -i /SCHEMA/d netsec.mk
	add 2 801
	build TARGET=Result
	(head -n 1 "$sample"; sed -n 802,901p "$sample") | documents | sed 's/}$/, "shade": 3}/' | mongodb_insert "$MONGODB_DATABASE" "$collection"
	run ! build TARGET=Result
	failed collect 1 "'shade'"
	grep -q "^make model: such options stand in EXPORT here, as EXPORT='--extra ignore'" err
	[[ -s artifacts/pipeline.ns ]]
	build TARGET=Result EXPORT='--extra ignore'
	[[ $(wc -l <artifacts/table) == 901 && $(head -n 1 artifacts/table) != *shade* ]]
	run ! build TARGET=Result FULL=1
	failed validate 1 "'shade'"
	[[ $(head -n 1 artifacts/table) == *shade* ]]
}

@test "another collection, another query: refused for this OUT, which stays as it is" {
	add 2 801
	build
	cp artifacts/pipeline.ns before.ns
	head -n 501 "$sample" | documents | mongodb_insert "$MONGODB_DATABASE" "other$collection"
	run ! build COLLECTION="other$collection"
	failed collect 2 "^make model: what is in artifacts is of '.*[.]$collection', not of '.*[.]other$collection': another OUT, or FULL=1"
	run ! build EXPORT="--query '{\"Result\": 1}'"
	failed collect 2 full
	grep -q '^make model: FULL=1 exports everything anew; with another OUT what is in artifacts stays as it is$' err
	build
	ran 'collect '
	cmp before.ns artifacts/pipeline.ns
	build OUT=other EXPORT="--query '{\"port\": {\"\$\$in\": [1]}}'"
	[[ $(wc -l <other/table) == $(($(ns-convert -c port artifacts/table | grep -cx 1) + 1)) ]]
	build COLLECTION="other$collection" FULL=1
	[[ $(wc -l <artifacts/table) == 501 ]]
}

@test "no server, no collection, no documents: the build says so, and the last model stays" {
	add 2 601
	build
	cp artifacts/pipeline.ns before.ns
	run ! build MONGODB_URI='mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300'
	failed collect 2 '^ns-export: '
	cmp before.ns artifacts/pipeline.ns
	MONGODB_URI='mongodb://me:hu%2Fsh@127.0.0.1:1/?serverSelectionTimeoutMS=300' run ! build
	failed collect 2 '^ns-export: '
	run ! grep -rqaE 'hu(/|%2F)sh' artifacts out err
	run ! build MONGODB_URI=@nofile
	failed collect 2 nofile
	cp artifacts/status.json said
	build -n MONGODB_URI=@nofile
	cmp said artifacts/status.json
	build -n MONGODB_URI=@nofile OUT=asked
	grep -q 'step run select ' out
	[[ ! -e asked/status.json && ! -e asked/store ]]
	build
	ran 'collect '
	run ! build OUT=other COLLECTION=sitse
	jq -e '.step == "collect" and .exit == 2' other/status.json
	run ! build OUT=another EXPORT="--query '{\"Result\": 77}'"
	jq -e '.step == "collect" and .exit == 1 and (.message | contains("no documents"))' another/status.json
}

@test "the server's address from a file, the environment, .env; no other step ever sees it" {
	add 2 401
	with_export <<-'END'
		#!/bin/bash
		env | grep -a MONGO >>export.seen
		exec "$NS_BUILD/ns-export" "$@"
	END
	rm tools/ns-validate tools/ns-fit
	for tool in ns-validate ns-fit; do
		printf '#!/bin/bash\n(env; tr "\\0" "\\n" </proc/$PPID/environ) | grep -a mongodb: >>others.seen\nexec "$NS_BUILD/%s" "$@"\n' $tool >tools/$tool
		chmod +x tools/$tool
	done
	NS_BUILD=$NS_BUILD MONGODB_URI=$MONGODB_URI build NS_BIN="$PWD/tools" OUT=environment
	grep -qF "$MONGODB_URI" export.seen
	printf '# ours\n%s\n' "$MONGODB_URI" >uri
	env -u MONGODB_URI make -s -f "$ROOT/pipeline.mk" NS_BIN="$PWD/tools" model MONGODB_URI=@uri OUT=file
	printf 'MONGO_DB_URL="%s"\n' "$MONGODB_URI" >.env
	env -u MONGODB_URI make -s -f "$ROOT/pipeline.mk" NS_BIN="$PWD/tools" model OUT=env
	make -s -f "$ROOT/pipeline.mk" NS_BIN="$PWD/tools" model OUT=plain MONGODB_URI="$MONGODB_URI"
	cmp environment/pipeline.ns file/pipeline.ns
	cmp environment/pipeline.ns env/pipeline.ns
	cmp environment/pipeline.ns plain/pipeline.ns
	# the one that stood on the command line, without a password, others may have seen
	[[ $(grep -cvF "MONGODB_URI=$MONGODB_URI" others.seen) == 0 ]]
	run ! grep -rqaF "$MONGODB_URI" environment file env
}

@test "long ids, dates, texts: a part keeps what the one before could not know of" {
	sed -i /SCHEMA/d netsec.mk
	local k
	for ((k = 0; k < 200; k++)); do
		printf '{"id": %d, "code": "%02d", "seen": {"$date": "2024-01-31T12:34:%02dZ"}, "note": "a, %d", "size": %d, "label": %d}\n' \
			$k $((k % 7)) $((k % 60)) $k $((k * 7919 % 101)) $((k * 7919 % 101 > 50))
	done | with_ids | mongodb_insert "$MONGODB_DATABASE" "$collection"
	build TARGET=label POSITIVE=1
	rm artifacts/schema.yaml
	for ((k = 0; k < 50; k++)); do
		printf '{"id": {"$numberLong": "90071992547409%02d"}, "code": "x%d", "seen": {"$date": "2024-02-01T00:00:00.%03dZ"}, "note": "two\\nlines \\"%d\\" \\u00e9", "size": %d.5, "label": %d}\n' \
			$k $k $((k + 1)) $k $((k * 7919 % 101)) $((k * 7919 % 101 > 50))
	done | with_ids | mongodb_insert "$MONGODB_DATABASE" "$collection"
	build TARGET=label POSITIVE=1
	grep -qx '0,00,2024-01-31T12:34:00Z,"a, 0",0,0' artifacts/table
	grep -qx '9007199254740907,x7,2024-02-01T00:00:00.008Z,"two' artifacts/table
	grep -qx 'lines ""7"" é",85.5,1' artifacts/table
	[[ $(ns-convert -c id artifacts/table | sort -u | wc -l) == 251 ]]
}

@test "documents known by other keys than ObjectIds: EXPORT names the field that tells what is new" {
	timed()
	{
		(head -n 1 "$sample"; sed -n "$1,$2p" "$sample") | documents | awk -v first="$1" '{
			sub(/{"_id": {[^}]*}/, sprintf("{\"_id\": \"site %d\", \"seen\": {\"$date\": %d}", first + NR, (1700000000 + first + NR) * 1000)); print }' |
			mongodb_insert "$MONGODB_DATABASE" "$collection"
	}
	timed 2 601
	run ! build EXPORT='--drop seen'
	failed collect 1 since-field
	grep -q '^make model: such options stand in EXPORT here' err
	echo 'EXPORT = --since-field seen --drop seen' >>netsec.mk
	build
	timed 602 701
	build
	holds 2 701
	[[ $(wc -l <artifacts/store/2.csv) == 101 ]]
	build
	ran 'collect '
}

# bats test_tags=slow
@test "README.md: From MongoDB, as it stands" {
	for part in lib tools scripts schema man tests pipeline.mk Makefile README.md; do
		ln -s "$ROOT/$part" .
	done
	mkdir build
	ln -s "$NS_BUILD" build/release
	rm netsec.mk
	# under the names of a server of one's own, in a database of this file
	sed -e "s/networksecurity/$MONGODB_DATABASE/g" -e 's/^```console$/```other/; s/^```console mongodb$/```console/' "$ROOT/README.md" >readme
	console readme
}
