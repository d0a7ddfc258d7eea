#!/usr/bin/env bats
# What ns-export and ns-import do when servers, connections and they themselves break: whole tables or none, and no row twice.
load helper
load mongodb

# 5000 documents, 500 at most in an answer: the columns' find is the first, the documents' find the second, then ten getMores.
documents=(--generate d.c 5000 4 --batch 500)

setup_file()
{
	mongodb_start || return 0
}

teardown_file()
{
	mongodb_stop
}

# A server, and what an export from it without a fault gives: want.csv. Options of the server may follow.
wanted()
{
	fake_start "${documents[@]}" "$@"
	ns-export --uri "$FAKE_URI" d c >want.csv
	[[ $(wc -l <want.csv) == 5001 ]]
}

# unharmed FAULT...: with these faults the table is the same, byte for byte. Options of the URI in $MORE.
unharmed()
{
	fake_faults "$@"
	ns-export --uri "${FAKE_URI/=1000/=8000}${MORE:-}" --sample 100 --since-file state d c >got.csv 2>stderr || {
		echo "faults: $*, status $?: $(cat stderr "$FAKE_FOLDER/stderr")"
		return 1
	}
	[[ $(jq '.struck | length' "$FAKE_LOG" | sort -n | tail -n 1) -gt 0 ]] || {
		echo "faults: $*: struck nothing"
		return 1
	}
	cmp want.csv got.csv && grep -q '^rows 5000$' state && rm state
}

# cut_short FILE: no reader takes it for a table; it lacks what a table ends in.
cut_short()
{
	local status=0
	ns-convert -O csv <"$1" >/dev/null 2>&1 || status=$?
	[[ $status == 1 ]] || {
		echo "$1 passes for a table: $(wc -c <"$1") bytes, status $status"
		return 1
	}
}

# harmed REGEX FAULT...: with these faults there is no table in either format, and no mark, but exit 2 and a message.
harmed()
{
	local regex=$1 format
	shift
	for format in csv arrow; do
		fake_faults "$@"
		fails 2 "$regex" ns-export --uri "${FAKE_URI/=1000/=200}${MORE:-}" --sample 100 --since-file state -O $format d c
		cut_short "$BATS_TEST_TMPDIR/.stdout"
		[[ ! -e state ]]
	done
}

@test "a connection cut at any place: the export goes on and is the same, byte for byte" {
	wanted
	local fault
	for fault in listCollections:1:drop find:1:drop find:1:drop=? find:2:drop getMore:3:drop=? getMore:5:after \
		getMore:9:drop=? 'getMore:%3:drop=?' getMore+find:p0.3:drop=? 'getMore:*:after'; do
		unharmed "$fault"
	done
	unharmed 'getMore:%4:drop' 'find:4:drop' 'isMaster:3:drop'
}

@test "a connection cut for ever: exit 2, no end of the table, no mark" {
	fake_start "${documents[@]}"
	harmed '^ns-export: d.c: .*after 2500 documents' getMore:5-:drop find:3-:drop
	harmed '^ns-export: d.c: .*after 1000 documents' getMore:2-:drop=? find:3-:drop=?
	harmed '^ns-export: d.c: ' find:2-:drop
	harmed '^ns-export: ' find:1-:drop
	harmed '^ns-export: ' 'isMaster+hello:*:drop'
}

@test "a mark that there was stays when an export breaks" {
	fake_start "${documents[@]}"
	ns-export --uri "$FAKE_URI" --since-file state --since-field field_0 d c >first.csv
	cp state before
	fake_faults getMore:3-:drop find:2-:drop
	fails 2 '^ns-export: d.c: ' ns-export --uri "$FAKE_URI" --since-file state --since-field field_0 --overlap 20 d c
	cut_short .stdout
	cmp state before
}

@test "a cursor that the server forgot, a primary that stepped down: asked for anew behind the last document" {
	wanted
	local fault
	for fault in getMore:1:error=43 getMore:9:error=43 getMore:3:kill-cursors 'getMore:*:kill-cursors' getMore:2:error=10107 getMore:4:error=189 \
		getMore:4:error=91 find:1:error=11602 find:2:error=189 find:2:error=91 listCollections:1:error=189; do
		unharmed "$fault"
	done
	wanted --replica-set rs
	MORE='&replicaSet=rs' unharmed getMore:2:error=10107 getMore:3:error=189 find:2:error=91
	wanted --no-sessions
	unharmed getMore:2:error=43 find:2:drop
}

@test "what the server says no to for good is said, with its words" {
	fake_start "${documents[@]}"
	harmed '^ns-export: d.c: .*Unauthorized' find:2-:error=13
	harmed '^ns-export: d.c: .*Unauthorized' getMore:4-:error=13 find:3-:error=13
	harmed '^ns-export: d.c: .*CursorNotFound' getMore:4-:error=43 find:3-:error=43
}

@test "slow servers, answers in pieces, no answer" {
	wanted
	unharmed 'getMore:*:pace=7/0'
	unharmed 'isMaster+hello+listCollections+find:*:pace=997/0' 'getMore:2:pace=1/0' 'getMore:3:slow=700'
	MORE='&socketTimeoutMS=1500' unharmed getMore:2:silent find:3:slow=900
	MORE='&socketTimeoutMS=700' harmed 'd.c: .*after 1000 documents' getMore:2-:silent find:3-:silent
}

@test "answers that are none are as good as a cut connection" {
	wanted
	local action
	for action in garbage=100 length=-1 length=30 length=2147483647 bson=0 bson=-5 bson=100000 cut=1 cut=5000; do
		MORE='&socketTimeoutMS=1500' unharmed "getMore:3:$action"
	done
	for action in garbage=100 length=30 bson=100000 cut=20; do
		MORE='&socketTimeoutMS=700' harmed '^ns-export: ' "find+getMore+listCollections:*:$action"
		MORE='&socketTimeoutMS=700' harmed '^ns-export: ' "isMaster+hello:*:$action"
	done
}

@test "no turned-over bits crash anything" {
	local status i
	head -n 31 "$DATA/phishing-sample.csv" >in.csv
	fake_start --generate d.c 50 4 --batch 10
	for i in {1..20}; do
		fake_faults 'any:p0.4:flip=3' 'isMaster+hello:p0.1:flip=2'
		status=0
		ns-export --uri "${FAKE_URI/=1000/=200}&socketTimeoutMS=300" d c >out.csv 2>stderr || status=$?
		[[ $status -le 2 ]] || cat stderr
		[[ $status -le 2 ]]
		[[ $status == 0 ]] || cut_short out.csv
		status=0
		ns-import --uri "${FAKE_URI/=1000/=200}&socketTimeoutMS=300" d "to$i" in.csv >out.csv 2>stderr || status=$?
		[[ $status -le 2 ]] || cat stderr
		[[ $status -le 2 ]]
	done
}

@test "documents of 16 MB" {
	fake_start --huge d.c 3 16777216 --fault getMore:1:drop=?
	ns-export --uri "$FAKE_URI" d c >out.csv
	[[ $(wc -c <out.csv) == $((5 + 3 * (16777216 - 25 + 1))) ]]
	fake_faults 'find:2-:cut=1000000' 'getMore:*:cut=1'
	fails 2 '^ns-export: d.c: ' ns-export --uri "$FAKE_URI" d c
	cut_short .stdout
}

# bats test_tags=slow
@test "the server dies at a random moment, 20 times: a whole table or none, and no mark without one" {
	wanted
	local seed status whole=0
	for seed in {1..20}; do
		rm -f state
		fake_start "${documents[@]}" --seed "$seed" --die-within 250 --fault 'getMore:*:pace=2000/1'
		status=0
		ns-export --uri "${FAKE_URI//=1000/=200}" --since-file state d c >got.csv 2>stderr || status=$?
		if [[ $status == 0 ]]; then
			whole=$((whole + 1))
			cmp want.csv got.csv
			[[ -e state ]]
		else
			[[ $status == 2 && ! -e state ]]
			cut_short got.csv
		fi
	done
	echo "whole: $whole"
	[[ $whole -lt 20 ]]
}

# bats test_tags=slow
@test "a real server is killed at a random moment, 20 times" {
	[[ $(mongodb_kind) == ferretdb || $(mongodb_kind) == mongod ]] || skip "$(mongodb_kind) cannot be killed, or keeps nothing"
	local uri pid status whole=0
	uri=$(sh "$ROOT/scripts/test-mongodb" start --built --while $$ own | head -n 1)
	awk 'BEGIN { for (i = 1; i <= 4000; i++) printf "{\"_id\": %d, \"a\": %d, \"b\": \"%0200d\"}\n", i, i % 7, i }' | MONGODB_URI=$uri mongodb_insert d c
	ns-export --uri "$uri" d c >want.csv
	for _ in {1..20}; do
		uri=$(with_timeouts "$(sh "$ROOT/scripts/test-mongodb" start --built --while $$ own | head -n 1)")
		read -r pid _ <own/pid
		(sleep 0.$((RANDOM % 3))$((RANDOM % 10)) && kill -9 "$pid") 3>&- &
		status=0
		ns-export --uri "${uri//=1000/=200}" --since-file state --since-field a d c >got.csv 2>stderr || status=$?
		wait $!
		if [[ $status == 0 ]]; then
			whole=$((whole + 1))
			cmp want.csv got.csv
			rm state
		else
			[[ $status == 2 && ! -e state ]]
			cut_short got.csv
		fi
	done
	echo "whole: $whole"
	sh "$ROOT/scripts/test-mongodb" stop own
}

# bats test_tags=slow
@test "an export is killed at a random moment, 20 times" {
	wanted
	local status whole=0
	fake_faults 'getMore:*:pace=2000/1'
	for _ in {1..20}; do
		rm -f state
		status=0
		timeout -s KILL 0.$((RANDOM % 4))$((RANDOM % 10)) ns-export --uri "$FAKE_URI" --since-file state d c >got.csv 2>stderr || status=$?
		if [[ $status == 0 ]]; then
			whole=$((whole + 1))
			cmp want.csv got.csv
		elif cmp -s want.csv got.csv; then
			: # all was written; whether the mark was is the same to the next run
		else
			[[ ! -e state ]]
			# Whole lines cannot be told from a shorter table; what the pipeline keeps is what state says.
			[[ $(wc -c <got.csv) -lt $(wc -c <want.csv) ]]
		fi
	done
	echo "whole: $whole"
}

# The rows of a CSV file, counted, whatever their order: what is in a collection is compared with.
rows_of()
{
	tail -n +2 "$1" | sort
}

# holds FILE URI DATABASE COLLECTION: the collection holds the file's rows, each as often.
holds()
{
	ns-export --uri "$2" -c "$(head -n 1 "$1")" "$3" "$4" >held.csv
	diff <(rows_of "$1") <(rows_of held.csv)
}

@test "an import whose answers are lost is tried again, and each row is there once" {
	head -n 1201 "$DATA/phishing-sample.csv" >in.csv
	head -n 401 in.csv >part.csv
	local faults there=0 i=0
	fake_start
	for faults in 'insert:1:lost' 'insert:%2:lost' 'insert:2:lost' insert:1:lost-error=91 insert:1:drop insert:2:drop=? insert:1:error=10107 \
		insert:1-2:lost-error=189 createIndexes:1:lost insert:2:silent insert:1:bson=100000 'insert+find:p0.4:lost'; do
		i=$((i + 1)) there=$((400 - there))
		fake_faults
		((there == 0)) || ns-import --uri "$FAKE_URI" --source in d c$i part.csv >/dev/null
		fake_faults "$faults"
		same "inserted,unchanged,failed\n$((1200 - there)),$there,0" ns-import --uri "${FAKE_URI/=1000/=8000}&socketTimeoutMS=1500" d c$i in.csv || {
			echo "fault: $faults, $there documents were there"
			return 1
		}
		fake_faults
		holds in.csv "$FAKE_URI" d c$i
		same 'inserted,unchanged,failed\n0,1200,0' ns-import --uri "$FAKE_URI" d c$i in.csv
	done
}

@test "an import that cannot go on says so, and what follows later leaves each row once" {
	head -n 1201 "$DATA/phishing-sample.csv" >in.csv
	local fault i=0
	fake_start
	for fault in insert:2-:drop insert:2-:error=13 insert:2-:lost-error=13 'createIndexes:*:drop' any:1-:drop any:2-:error=13; do
		i=$((i + 1))
		fake_faults "$fault"
		fails 2 '^ns-import: ' ns-import --uri "${FAKE_URI/=1000/=200}" d c$i in.csv
		[[ -z $stdout ]]
		fake_faults
		ns-import --uri "$FAKE_URI" d c$i in.csv >summary
		awk -F, 'NR == 2 && $1 + $2 == 1200 && $3 == 0 { good = 1 } END { exit !good }' summary
		holds in.csv "$FAKE_URI" d c$i
	done
	for fault in insert:1:die insert:2:die=?; do
		fake_start --fault "$fault"
		fails 2 '^ns-import: ' ns-import --uri "${FAKE_URI/=1000/=200}" d c in.csv
		[[ -z $stdout ]]
	done
}

# killed_imports URI DATABASE COLLECTION: 20 imports are killed at random moments, then one is not.
killed_imports()
{
	for _ in {1..20}; do
		timeout -s KILL 0.$((RANDOM % 2))$((RANDOM % 10))1 ns-import --uri "$1" "$2" "$3" in.csv >summary 2>stderr || true
	done
	ns-import --uri "$1" "$2" "$3" in.csv >summary
	cat summary
	holds in.csv "$1" "$2" "$3"
	same "inserted,unchanged,failed\n0,$(($(wc -l <in.csv) - 1)),0" ns-import --uri "$1" "$2" "$3" in.csv
}

# bats test_tags=slow
@test "an import is killed at a random moment, 20 times, then run again: exactly the right documents" {
	cp "$DATA/phishing-sample.csv" in.csv
	fake_start --fault 'insert+update:*:slow=50'
	killed_imports "$FAKE_URI" d c
	killed_imports "$MONGODB_URI" "$MONGODB_DATABASE" killed
}

# bats test_tags=slow
@test "a replacing import is killed at a random moment: the old documents or the new ones" {
	local count
	tail -n +1202 "$DATA/phishing-sample.csv" | cat <(head -n 1 "$DATA/phishing-sample.csv") - >old.csv
	head -n 1001 "$DATA/phishing-sample.csv" >new.csv
	fake_start --fault 'update+insert:*:slow=30'
	ns-import --uri "$FAKE_URI" d c old.csv >/dev/null
	for _ in {1..10}; do
		timeout -s KILL 0.$((RANDOM % 2))$((RANDOM % 10)) ns-import --uri "$FAKE_URI" --replace d c new.csv >summary 2>stderr || true
		count=$(MONGODB_URI=$FAKE_URI mongodb_count d c)
		echo "count: $count"
		[[ $count == 1000 || $count == 800 ]]
	done
	ns-import --uri "$FAKE_URI" --replace d c new.csv
	holds new.csv "$FAKE_URI" d c
}

# bats test_tags=slow
@test "valgrind has nothing to say, libmongoc's clean-up included" {
	command -v valgrind >/dev/null || skip "no valgrind"
	[[ $NS_BUILD != *asan* ]] || skip "valgrind and the sanitizers do not go together"
	local grind=(valgrind -q --error-exitcode=99 --leak-check=full "--show-leak-kinds=definite,indirect,possible")
	head -n 51 "$DATA/phishing-sample.csv" >in.csv
	fake_start --fault insert:1:lost --fault find:2:drop --fault getMore:1:error=43 --batch 20
	FAKE_URI=${FAKE_URI//=1000/=20000}
	"${grind[@]}" ns-import --uri "$FAKE_URI" d c in.csv
	"${grind[@]}" ns-export --uri "$FAKE_URI" --since-file state d c >out.csv
	[[ $(wc -l <out.csv) == 51 ]]
	fake_stop
	fails 2 '^ns-export: ' "${grind[@]}" ns-export --uri "$FAKE_URI" d c
}
