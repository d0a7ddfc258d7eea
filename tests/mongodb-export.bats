#!/usr/bin/env bats
# ns-export from a collection: of a real server, and of the fake one for what the real one may not take.
# shellcheck disable=SC2030,SC2031,SC2119,SC2120
load helper
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
	D=$MONGODB_DATABASE C=c$BATS_TEST_NUMBER SECONDS_OF_STORE=1700000000
}

# stored LINE...: documents into this test's collection; those without an _id get one, in the order of lines.
stored()
{
	printf '%s\n' "$@" | awk -v begun="$SECONDS_OF_STORE" '
		!/^\{.*"_id":/ { sub(/^\{/, sprintf("{\"_id\":{\"$oid\":\"%08x0000000000%06x\"}%s", begun, NR, /^\{\}/ ? "" : ",")) } { print }' |
		mongodb_insert "$D" "$C"
	SECONDS_OF_STORE=$((SECONDS_OF_STORE + 1))
}

# oid SECONDS N: an _id made then, as extended JSON.
oid()
{
	printf '"_id":{"$oid":"%08x0000000000%06x"}' "$1" "$2"
}

# faked LINE...: documents in the fake server as d.c; export_faked exports them.
faked()
{
	printf '%s\n' "$@" >documents.json
	fake_start --json d.c documents.json
}

export_faked()
{
	ns-export --uri "$FAKE_URI" "$@" d c
}

# state KEY: what the state file says.
state()
{
	sed -n "/^$/q;s/^$1 //p" state
}

@test "a collection is a table: --uri, the environment, .env, a file that holds the URI" {
	stored '{"a":1,"b":"x"}' '{"a":2,"b":"y, \"z\""}'
	table='a,b\n1,x\n2,"y, ""z"""'
	same "$table" ns-export "$D" "$C"
	same "$table" env -u MONGODB_URI ns-export --uri "$MONGODB_URI" "$D" "$C"
	same "$table" env -u MONGODB_URI MONGO_DB_URL="$MONGODB_URI" ns-export "$D" "$C"
	printf '# where it is\n\n%s\n' "$MONGODB_URI" >uri
	same "$table" env -u MONGODB_URI ns-export --uri @uri "$D" "$C"
	printf 'MONGODB_URI="%s"\n' "$MONGODB_URI" >.env
	same "$table" env -u MONGODB_URI ns-export "$D" "$C"
	ns-export -O arrow "$D" "$C" >out.arrow
	same "$table" ns-convert out.arrow
	same 'column,type\na,float64\nb,utf8' ns-convert --types out.arrow
}

@test "which is meant, files or a collection, is never in doubt" {
	stored '{"a":1}'
	unset MONGODB_URI
	fails 2 "^ns-export: $D: No such file or directory \(a DATABASE and COLLECTION need --uri, MONGODB_URI or .env\)$" ns-export "$D" "$C"
	export MONGODB_URI=mongodb://127.0.0.1:1/
	echo a >"$D"
	fails 2 "^ns-export: $C: No such file or directory$" ns-export "$D" "$C"
	fails 2 "^ns-export: --query is for a collection, but '$D' is a file$" ns-export --query '{}' "$D" "$C"
	fails 2 "^ns-export: --full is for a collection, which takes two operands: DATABASE COLLECTION$" ns-export --full "$C"
	fails 2 "^ns-export: --uri is for a collection, which takes two operands: DATABASE COLLECTION$" ns-export --uri "$MONGODB_URI" d c e
	fails 2 "^ns-export: no-such.csv: No such file or directory$" ns-export no-such.csv
	fails 2 "^ns-export: a.csv: No such file or directory$" ns-export a.csv b
	fails 2 "^ns-export: a.csv: No such file or directory$" ns-export a.csv b.csv c.csv
}

@test "options that make no sense together are refused" {
	for option in --full '--since-field at' '--overlap 5'; do
		# shellcheck disable=SC2086
		fails 2 "^ns-export: ${option%% *} needs --since-file$" ns-export $option "$D" "$C"
	done
	for option in '--rejects r' --no-header '--names a,b' --trim; do
		# shellcheck disable=SC2086
		fails 2 "^ns-export: ${option%% *} is for files, not for a collection$" ns-export $option "$D" "$C"
	done
	fails 2 "^ns-export: --query" ns-export --query '{"a":' "$D" "$C"
	fails 2 "^ns-export: --fields" ns-export --fields '[1]x' "$D" "$C"
	stored '{"a":1}'
	fails 2 "^ns-export: --fields makes another '_id': the order of the documents needs theirs, 1 or 0 is all it can be\$" \
		ns-export --fields '{"_id":"$a","a":1}' "$D" "$C"
	fails 2 "^ns-export: --fields makes another '_id':" ns-export --fields '{"_id.host":1}' "$D" "$C"
	fails 2 "^ns-export: --fields leaves out 'at', which --since-field needs$" ns-export --fields '{"a":1}' --since-file s --since-field at "$D" "$C"
	fails 2 "^ns-export: --fields leaves out 'm.at', which --since-field needs$" ns-export --fields '{"m":0}' --since-file s --since-field m.at "$D" "$C"
}

@test "--query, --fields, -c and -x choose rows and columns, on the server where that can be" {
	stored '{"a":1,"b":2,"n":{"c":3,"d":4}}' '{"a":5,"b":6,"n":{"c":7,"d":8}}'
	same 'a,b,n.c,n.d\n5,6,7,8' ns-export --query '{"a":{"$gt":1}}' "$D" "$C"
	same 'a,n.c\n1,3\n5,7' ns-export --fields '{"a":1,"n.c":1}' "$D" "$C"
	same 'a,n.c\n1,3\n5,7' ns-export --fields '{"b":0,"n.d":0,"_id":0}' "$D" "$C"
	same 'n.d,a\n4,1\n8,5' ns-export -c n.d,a "$D" "$C"
	same 'n.c,n.d\n3,4\n7,8' ns-export -c 'n.*' "$D" "$C"
	same 'b,a\n2,1\n6,5' ns-export -c '#2,a' "$D" "$C"
	same 'b,n.c,n.d\n2,3,4\n6,7,8' ns-export -x a "$D" "$C"
	same 'a,nowhere\n1,\n5,' ns-export -q -c a,nowhere "$D" "$C"
	ns-export -c a,nowhere "$D" "$C" 2>&1 >/dev/null | grep -xF "ns-export: $D.$C: no document has a field 'nowhere'"
	fails 1 "no column 'n.e'" ns-export -x n.e "$D" "$C"
	faked '{"_id":1,"a":1,"b":2}'
	same 'b\n2' export_faked -c b,b
	same '{"b":1,"_id":1}' fake_commands 'select(.command == "find").body.projection'
	same 'a.b\n""' export_faked -c a.b
	[[ $(fake_commands 'select(.command == "find").body.projection' | tail -n 1) == null ]]
}

@test "_id and _ns come where -c names them" {
	stored "{$(oid 1700000000 1),\"a\":1,\"_ns\":{\"key\":\"k\"}}"
	same 'a\n1' ns-export "$D" "$C"
	same '_id,a\n655'"$(printf %x 1700000000 | cut -c 4-)"'0000000000000001,1' ns-export -c _id,a "$D" "$C"
	same '_ns.key\nk' ns-export -c _ns.key "$D" "$C"
}

@test "columns: of the first documents, of the schema, of -c; a field that is none is refused or left out" {
	stored '{"a":1}' '{"a":2,"b":3}' '{"c":4,"b":5}'
	same 'a,b,c\n1,,\n2,3,\n,5,4' ns-export "$D" "$C"
	fails 1 "^ns-export: $D.$C: _id [0-9a-f]{24}: field 'b' is not in the first 1 documents \(" ns-export --sample 1 "$D" "$C"
	[[ $stdout == *'"'* || -z $stdout ]]
	fails 0 "^ns-export: 3 values of no column were left out, the first: $D.$C: _id [0-9a-f]+: field 'b' is not in the first 1 documents$" \
		ns-export --sample 1 --extra ignore "$D" "$C"
	same 'a\n1\n2\n""' ns-export -q --sample 1 --extra ignore "$D" "$C"
	same 'b,a\n,1\n3,2\n5,' ns-export -c b,a "$D" "$C"
	printf 'columns:\n  c: number\n  a: number\n  b: {role: drop}\n' >schema.yaml
	same 'c,a\n,1\n,2\n4,' ns-export -S schema.yaml "$D" "$C"
	printf 'columns:\n  a: number\n' >schema.yaml
	fails 1 "field 'b' is not in the schema" ns-export -S schema.yaml "$D" "$C"
	printf 'columns:\n  a: number\nextra: allow\n' >schema.yaml
	same 'a\n1\n2\n""' ns-export -q -S schema.yaml "$D" "$C"
	fails 1 "field 'b' is not in the schema" ns-export --extra refuse -S schema.yaml "$D" "$C"
	same 'a,c\n1,\n2,\n,4' ns-export --drop b "$D" "$C"
	same 'a\n1\n2\n""' ns-export --drop '[bc],nowhere' "$D" "$C"
}

@test "an empty collection, a query without a hit, a collection that is not there" {
	stored '{"a":1}'
	printf '{"create":"%s"}' "empty$C" | mongodb_command "$D"
	fails 1 "^ns-export: $D.empty$C: no documents, so no columns are known: -S or -c says them$" ns-export "$D" "empty$C"
	same 'a,b' ns-export -c a,b "$D" "empty$C"
	printf 'columns:\n  a: number\n' >schema.yaml
	same 'a' ns-export -S schema.yaml "$D" "empty$C"
	fails 1 "^ns-export: $D.$C: no documents that --query asks for, so no columns are known: -S or -c says them$" ns-export --query '{"a":2}' "$D" "$C"
	same 'a' ns-export -S schema.yaml --query '{"a":2}' "$D" "$C"
	fails 2 "^ns-export: there is no collection '${C}x' in '$D' \(did you mean '$C'\?\)$" ns-export "$D" "${C}x"
	stored2() { printf '{"_id":1}\n' | mongodb_insert "$D" "bare$C"; }
	stored2
	fails 1 "^ns-export: $D.bare$C: the first documents have no fields that can be columns: -S or -c says the columns$" ns-export "$D" "bare$C"
	fails 2 '^ns-export: ' ns-export --uri 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200' "$D" "$C"
}

@test "documents nobody planned: fields that are missing, null, of several types" {
	stored '{"a":1,"b":true,"c":null}' '{"a":"one","b":0}' '{"a":{"deep":2}}' '{"a":{"$numberLong":"9007199254740993"}}' '{}'
	same 'a,b,c,a.deep\n1,true,,\none,0,,\n,,,2\n9007199254740993,,,\n,,,' ns-export "$D" "$C"
	ns-export -O arrow "$D" "$C" >out.arrow
	same 'a,b,c,a.deep\n1,true,,\none,0,,\n,,,2\n9007199254740993,,,\n,,,' ns-convert out.arrow
	printf '%s\n' '{"_id":1,"a":"","b":1}' '{"_id":2,"a":"na","b":2}' | mongodb_insert "$D" "words$C"
	same 'a,b\n,1\nna,2' ns-export "$D" "words$C"
}

@test "documents nobody planned: a word where there were numbers" {
	for i in {1..10000}; do echo "{\"_id\":$i,\"a\":1.5}"; done | mongodb_insert "$D" "$C"
	stored '{"_id":10001,"a":"late"}'
	ns-export "$D" "$C" | tail -n 1 | grep -qx late
	fails 1 "^ns-export: $D.$C: _id 10001: column 'a': 'late' is not a number, " ns-export -O arrow "$D" "$C"
	ns-export -O arrow --text a "$D" "$C" | ns-convert | tail -n 1 | grep -qx late
	fails 0 'set aside' ns-export -O arrow --on-error skip "$D" "$C"
}

@test "documents nobody planned: names of any language, dots and dollars" {
	stored '{"größe":1,"имя":"я","名前":{"日":"語"},"a b, c":2}'
	same 'größe,имя,名前.日,"a b, c"\n1,я,語,2' ns-export "$D" "$C"
	same '名前.日\n語' ns-export -c 名前.日 "$D" "$C"
	faked '{"_id":1,"a\"b":1," c ":2,"\n":3}'
	same '"a""b", c ,"\n"\n1,2,3' export_faked
	faked '{"_id":1,"a.b":1,"$c":2,"n":{"$d":3}}'
	same 'a.b,$c,n.$d\n1,2,3' export_faked
	same '$c,a.b\n2,1' export_faked -c '$c,a.b'
	faked '{"_id":1,"a.b":1,"a":{"b":2}}'
	fails 1 "^ns-export: d.c: _id 1: field 'a.b' comes twice \(" export_faked
	faked '{"_id":1,"":1,"a":2}'
	fails 1 "^ns-export: d.c: _id 1: the name of field '' is empty " export_faked
	same 'a\n2' export_faked -q --extra ignore
}

@test "documents nobody planned: NaN, infinities, dates, decimals, large integers" {
	stored '{"a":{"$date":"2024-01-31T12:34:56.789Z"},"b":{"$numberLong":"9223372036854775807"}}' '{"a":{"$date":"1969-12-31T23:59:59Z"}}'
	same 'a,b\n2024-01-31T12:34:56.789Z,9223372036854775807\n1969-12-31T23:59:59Z,' ns-export "$D" "$C"
	faked '{"_id":1,"a":{"$numberDouble":"NaN"},"b":{"$numberDouble":"Infinity"},"c":{"$numberDecimal":"1.10"},"d":{"$numberDouble":"-0.0"}}' \
		'{"_id":2,"a":0.1,"b":{"$numberDouble":"-Infinity"},"c":{"$numberDecimal":"NaN"},"d":{"$numberDouble":"1.0"}}'
	same 'a,b,c,d\n,inf,1.10,-0\n0.1,-inf,,1' export_faked
}

@test "documents nobody planned: nested ones, arrays, what cannot be in a table" {
	stored "{$(oid 1700000000 1),\"a\":{\"b\":{\"c\":1}},\"t\":[1,\"x\",null]}" "{$(oid 1700000000 2),\"t\":[]}"
	fails 1 "^ns-export: $D.$C: _id 6553f1000000000000000001: field 't' is an array \(--join writes its elements, --drop 't' leaves it out" ns-export "$D" "$C"
	same 'a.b.c,t\n1,1;x;\n,' ns-export --join ';' "$D" "$C"
	same 'a.b.c\n1\n""' ns-export --drop t "$D" "$C"
	fails 0 '' ns-export --on-error missing "$D" "$C"
	[[ $stdout == $'a.b.c,t\n1,\n,' ]]
	faked '{"_id":1,"r":{"$regularExpression":{"pattern":"x","options":""}}}'
	fails 1 "^ns-export: d.c: _id 1: field 'r' is a regular expression \(" export_faked
}

@test "documents nobody planned: 16 MB ones" {
	fake_start --huge d.c 3 16777216
	export_faked >out
	(($(stat -c %s out) > 3 * 16000000))
	[[ $(wc -l <out) == 4 ]]
}

@test "since: what is new comes once, by _id" {
	stored "{$(oid 1700000000 1),\"a\":1}" "{$(oid 1700000000 2),\"a\":2}"
	fails 0 "^ns-export: $D.$C: 2 new of 2 documents looked at$" ns-export --since-file state "$D" "$C"
	[[ $stdout == $'a\n1\n2' && $(state first) == 1 && $(state last) == 1 && $(state rows) == 2 ]]
	cp state before
	fails 0 "^ns-export: $D.$C: no new documents \(2 looked at\)$" ns-export --since-file state "$D" "$C"
	[[ $stdout == a ]]
	cmp state before
	# Of the same second, late by less than the overlap, later; one that is too late is for --full.
	stored "{$(oid 1700000000 3),\"a\":3}" "{$(oid 1699999500 4),\"a\":4}" "{$(oid 1700009000 5),\"a\":5}" "{$(oid 1600000000 6),\"a\":6}"
	same 'a\n4\n3\n5' ns-export -q --since-file state "$D" "$C"
	[[ $(state last) == 2 && $(state rows) == 5 ]]
	same 'a' ns-export -q --since-file state "$D" "$C"
	same 'a\n6\n4\n1\n2\n3\n5' ns-export -q --full --since-file state "$D" "$C"
	[[ $(state first) == 3 && $(state last) == 3 && $(state rows) == 6 ]]
	same 'a' ns-export -q --since-file state "$D" "$C"
}

@test "since: documents dated into the future hide none" {
	stored "{$(oid 4000000000 1),\"a\":1}"
	same 'a\n1' ns-export -q --since-file state "$D" "$C"
	stored "{$(oid "$(date +%s)" 2),\"a\":2}"
	same 'a\n2' ns-export -q --since-file state "$D" "$C"
	same 'a' ns-export -q --since-file state "$D" "$C"
}

@test "since: the columns are those of the earlier exports; a query goes with it" {
	stored "{$(oid 1700000000 1),\"a\":1,\"b\":2}"
	same 'a,b\n1,2' ns-export -q --since-file state --query '{"a":{"$gt":0}}' "$D" "$C"
	stored "{$(oid 1700000001 2),\"b\":3,\"a\":4}" "{$(oid 1700000001 3),\"a\":-1}"
	same 'a,b\n4,3' ns-export -q --since-file state --query '{ "a": {"$gt":  0} }' "$D" "$C"
	stored "{$(oid 1700000002 4),\"a\":5,\"new\":6}"
	cp state before
	fails 1 "field 'new' is not in the earlier exports" ns-export --since-file state --query '{"a":{"$gt":0}}' "$D" "$C"
	cmp state before
	fails 2 '^ns-export: state: the exports before were called with other options, ' ns-export --since-file state "$D" "$C"
	fails 2 '^ns-export: state: the exports before were called with other options, ' ns-export --since-file state -x a --query '{"a":{"$gt":0}}' "$D" "$C"
	fails 2 '^ns-export: --drop leaves out a column that the earlier exports have: --full begins anew$' \
		ns-export --since-file state --drop a --query '{"a":{"$gt":0}}' "$D" "$C"
	same 'a,b\n5,' ns-export -q --since-file state --drop new --query '{"a":{"$gt":0}}' "$D" "$C"
	same 'a,b,new\n1,2,\n4,3,\n-1,,\n5,,6' ns-export -q --since-file state --full "$D" "$C"
	fails 2 "^ns-export: state: is of '$D.$C', not of '$D.other': name another file$" ns-export --since-file state --full "$D" other ||
		fails 2 "there is no collection 'other'" ns-export --since-file state --full "$D" other
}

@test "since: _ids that are no ObjectIds need --since-field" {
	stored '{"_id":1,"a":1}'
	fails 1 "^ns-export: $D.$C: _id 1: is no ObjectId, which would say when it was made \(--since-field names a field of dates or numbers that tells what is new\)$" \
		ns-export --since-file state "$D" "$C"
	[[ ! -e state ]]
	# One that comes among ObjectIds is not lost.
	printf '{%s,"a":1}\n' "$(oid 1700000000 1)" | mongodb_insert "$D" "mixed$C"
	ns-export -q --since-file state "$D" "mixed$C" >out
	printf '{"_id":"x","a":2}\n' | mongodb_insert "$D" "mixed$C"
	fails 1 "^ns-export: $D.mixed$C: _id 'x': is no ObjectId, " ns-export --since-file state "$D" "mixed$C"
}

@test "since: by a field of dates; what was changed is noted, what has no such field is named" {
	at() { printf '{"_id":%d,"at":{"$date":"%s"},"a":%d}\n' "$@"; }
	{
		at 1 2024-01-31T12:00:00Z 1
		at 2 2024-01-31T13:00:00Z 2
	} | mongodb_insert "$D" "$C"
	same 'a\n1\n2' ns-export -q --drop at --since-file state --since-field at "$D" "$C"
	at 3 2024-01-31T13:00:00Z 3 | mongodb_insert "$D" "$C"
	at 4 2024-01-31T12:55:00Z 4 | mongodb_insert "$D" "$C"
	at 5 2024-01-31T12:00:00Z 5 | mongodb_insert "$D" "$C" # too late
	fails 0 "^ns-export: $D.$C: 2 new of 3 documents looked at$" ns-export --drop at --since-file state --since-field at "$D" "$C"
	[[ $stdout == $'a\n3\n4' ]]
	printf '{"update":"%s","updates":[{"q":{"_id":1},"u":{"$set":{"at":{"$date":"2024-02-01T00:00:00Z"}}}}]}' "$C" | mongodb_command "$D"
	fails 0 "1 document has another 'at' than when exported, and was left out: --full brings what was changed$" \
		ns-export --drop at --since-file state --since-field at "$D" "$C"
	[[ $stdout == a ]]
	printf '{"_id":6,"a":6}\n' | mongodb_insert "$D" "$C"
	fails 1 "^ns-export: $D.$C: _id 6: has no field 'at', so nothing tells whether it is new \(" ns-export --since-file state --drop at --since-field at "$D" "$C"
	same 'a' ns-export -q --drop at --since-file state --since-field at --full --query '{"a":7}' -c a "$D" "$C"
	same 'a\n2' ns-export -q --since-file s2 --since-field at --query '{"a":2}' -c a "$D" "$C" # -c asks for the field, too
	same 'a' ns-export -q --since-file s2 --since-field at --query '{"a":2}' -c a "$D" "$C"
}

@test "since: by a field of numbers, in a nested document" {
	printf '%s\n' '{"_id":1,"m":{"n":1},"a":1}' '{"_id":2,"m":{"n":1.5},"a":2}' | mongodb_insert "$D" "$C"
	since() { ns-export -q --drop m --since-file state --since-field m.n --overlap 1 "$D" "$C"; }
	same 'a\n1\n2' since
	printf '%s\n' '{"_id":3,"m":{"n":0.6},"a":3}' '{"_id":4,"m":{"n":7},"a":4}' '{"_id":5,"m":{"n":0.4},"a":5}' | mongodb_insert "$D" "$C"
	same 'a\n3\n4' since
	same 'a' since
	printf '{"_id":6,"m":{"n":{"$date":"2024-01-31T12:00:00Z"}},"a":6}\n' | mongodb_insert "$D" "$C"
	fails 1 "some documents have dates in 'm.n', others numbers: --query can choose the ones$" since
}

@test "since: without documents" {
	printf '{"create":"%s"}' "$C" | mongodb_command "$D"
	fails 1 'no documents, so no columns are known' ns-export --since-file state "$D" "$C"
	[[ ! -e state ]]
	same 'a' ns-export -q -c a --since-file state "$D" "$C"
	[[ $(state last) == 1 && $(state mark) == none ]]
	stored "{$(oid 1700000000 1),\"a\":1}"
	same 'a\n1' ns-export -q -c a --since-file state "$D" "$C"
	[[ $(state last) == 2 ]]
}

@test "since: the mark stays where the output failed: a full disk, a reader that went away, a value that cannot be" {
	stored "{$(oid 1700000000 1),\"a\":1}"
	ns-export -q --since-file state "$D" "$C" >out
	cp state before
	stored "{$(oid 1700000001 2),\"a\":2}"
	fails 2 '' bash -c "ns-export -q --since-file state '$D' '$C' >/dev/full"
	cmp state before
	fails 2 '' bash -c "ns-export -q -O arrow --since-file state '$D' '$C' >/dev/full"
	cmp state before
	mkfifo pipe
	(exec 3<pipe) & # reads nothing
	fails 141 '' bash -c "sleep 0.2; exec ns-export -q --since-file state '$D' '$C' >pipe" || true
	wait
	stored "{$(oid 1700000002 3),\"a\":[]}"
	fails 1 'is an array' ns-export --since-file state "$D" "$C"
	cmp state before
	stored "{$(oid 1700000003 4),\"a\":4}"
	ns-export -q -O arrow --since-file state --join , "$D" "$C" >out.arrow
	same 'a\n2\n""\n4' ns-convert out.arrow
	same 'a' ns-export -q --since-file state --join , "$D" "$C"
}

@test "since: killed between output and mark, the same comes again" {
	stored "{$(oid 1700000000 1),\"a\":1}" "{$(oid 1700000000 2),\"a\":2}"
	# In its place: what gives the file its name, the last thing of all.
	cat >die.c <<-'END'
		#include <signal.h>
		int rename(const char *from, const char *to) { return raise(SIGKILL) + !from + !to; }
		int renameat2(int a, const char *from, int b, const char *to, unsigned how) { return raise(SIGKILL) + !from + !to + a + b + (int)how; }
	END
	"${CC:-cc}" -shared -fPIC -o die.so die.c || skip "no compiler"
	dies() { LD_PRELOAD=$PWD/die.so ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 ns-export -q --since-file state "$D" "$C"; }
	fails 137 '' dies
	[[ $stdout == $'a\n1\n2' && ! -e state ]]
	same 'a\n1\n2' ns-export -q --since-file state "$D" "$C"
	stored "{$(oid 1700000001 3),\"a\":3}"
	cp state before
	fails 137 '' dies
	[[ $stdout == $'a\n3' ]]
	cmp state before
	same 'a\n3' ns-export -q --since-file state "$D" "$C"
	same 'a' ns-export -q --since-file state "$D" "$C"
}

@test "since: killed in the middle, or the server gone, the mark stays" {
	fake_start --generate d.c 60000 5
	for signal in TERM KILL; do
		(ns-export -q --uri "$FAKE_URI" --since-file state d c & echo $! >pid; wait) 2>/dev/null | {
			head -c 100000 >part
			kill -$signal "$(cat pid)"
			cat >/dev/null
		} || true
		[[ ! -e /dev/shm/mongoc-$(cat pid) ]] # libmongoc's counters
		[[ ! -e state ]]
	done
	fake_stop
	fake_start --generate d.c 60000 5 --fault getMore:1-:die=?
	fails 2 '' export_faked --since-file state
	[[ ! -e state ]]
	[[ -z $stdout || $stdout == *'"'* ]]
}

@test "since: a file that is none, damaged, in use or in no place" {
	stored "{$(oid 1700000000 1),\"a\":1}"
	echo 'a,b' >data.csv
	fails 2 "^ns-export: data.csv: is no state of an export: --since-file is to name a file of its own$" ns-export --full --since-file data.csv "$D" "$C"
	ns-export -q --since-file state "$D" "$C" >out
	truncate -s -1 state
	fails 2 "^ns-export: state: is damaged or cut short: remove it, or export with --full$" ns-export --since-file state "$D" "$C"
	fails 0 '^ns-export: state: is damaged or cut short; --full makes it anew' ns-export --since-file state --full "$D" "$C"
	fails 2 "^ns-export: no/state: cannot create: No such file or directory$" ns-export --since-file no/state "$D" "$C"
	exec {lock}<state
	flock "$lock"
	fails 2 "^ns-export: state: another export is at work with it$" ns-export --since-file state "$D" "$C"
}

@test "the store of the manual: whatever happens, the parts from first to last are the whole" {
	awk '/^#!\/bin\/sh -e/ { found = 1 } /^\.Ed/ { found = 0 } found' "$ROOT/man/ns-export.1" | sed 's/\\\\$/\\/' >collect
	sed -i "s/networksecurity phisingdata/$D $C/" collect
	printf '%s\n' "$MONGODB_URI" >mongo.uri
	grep -q since-file collect
	stored "{$(oid 1700000000 1),\"a\":1}"
	fails 0 '1 new of 1 documents' sh -e collect
	same 'a\n1' cat phishing.csv
	stored "{$(oid 1700000001 2),\"a\":2}"
	sh -e collect
	same 'a\n1\n2' cat phishing.csv
	sh -e collect
	same 'a\n1\n2' cat phishing.csv
	printf '{"delete":"%s","deletes":[{"q":{"a":1},"limit":0}]}' "$C" | mongodb_command "$D"
	sh -e collect
	same 'a\n1\n2' cat phishing.csv
	sh -e collect --full
	same 'a\n2' cat phishing.csv
	[[ $(state first 2>/dev/null || sed -n '/^$/q;s/^first //p' since) == 3 ]]
}

@test "progress: documents a second on a terminal" {
	command -v script >/dev/null || skip "no script(1)"
	fake_start --generate d.c 30000 5 --fault getMore:1:slow=700
	script -qec "ns-export --uri '$FAKE_URI' d c >out" /dev/null </dev/null >shown
	grep -qE 'ns-export: exporting d\.c: [0-9]+, [0-9]+ a second' shown
}
