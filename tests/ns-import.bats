#!/usr/bin/env bats
# ns-import: every promise of its manual, on a real server; what a server has to refuse or to lose is the fake's.
# shellcheck disable=SC2030,SC2031 # MONGODB_URI is another one in the tests of the fake
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

# The documents without what differs from run to run.
documents()
{
	mongodb_dump "$MONGODB_DATABASE" "$1" | jq -c 'del(._id, ._ns)'
}

sample()
{
	head -n "$1" "$DATA/phishing-sample.csv" >phishing.csv
}

# rows COUNT: as many different ones
rows()
{
	{ echo n,half,t && seq "$1" | awk '{ print $1 "," $1 / 2 ",t" $1 % 7 }'; } >rows.csv
}

@test "the manual's first example" {
	sample 101
	# It names a database: on a server that is not ours alone it goes to the fake.
	if [[ $(mongodb_kind) == given ]]; then
		fake_start
		export MONGODB_URI=$FAKE_URI
	fi
	ns-import networksecurity phisingdata phishing.csv >out
	same 'inserted,unchanged,failed\n100,0,0' cat out
	[[ $(mongodb_count networksecurity phisingdata) == 100 ]]
}

# A collection of its own for each test of the real server.
import()
{
	ns-import "$@" -q "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER" "${files[@]}" | tail -n +2
}

here()
{
	documents "c$BATS_TEST_NUMBER"
}

count()
{
	mongodb_count "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER"
}

@test "twice changes nothing; equal rows all survive; the counts go to stdout, a remark to stderr" {
	sample 1001
	(($(tail -n +2 phishing.csv | sort -u | wc -l) < 1000))
	ns-import "$MONGODB_DATABASE" twice phishing.csv >out 2>err
	same 'inserted,unchanged,failed\n1000,0,0' cat out
	same "ns-import: $MONGODB_DATABASE.twice: 1000 inserted, 0 unchanged, 0 failed" cat err
	mongodb_dump "$MONGODB_DATABASE" twice >before
	same 'inserted,unchanged,failed\n0,1000,0' ns-import -q "$MONGODB_DATABASE" twice phishing.csv
	mongodb_dump "$MONGODB_DATABASE" twice | cmp - before
	# The rows are there in their order, fields in the order of the columns.
	jq -r 'del(._id, ._ns) | [.[] | .["$numberInt"]] | join(",")' before | cmp - <(tail -n +2 phishing.csv)
	jq -r 'del(._id, ._ns) | keys_unsorted | join(",")' before | sort -u | cmp - <(head -n 1 phishing.csv)
	grep -q '"key": {"_ns.key": 1}.*"unique": true' <<<"$(mongodb_indexes "$MONGODB_DATABASE" twice)"
}

@test "a table without rows is 0,0,0" {
	echo a,b >empty.csv
	same 'inserted,unchanged,failed\n0,0,0' ns-import -q "$MONGODB_DATABASE" empty empty.csv
}

@test "a file that grows brings its new rows, wherever they stand; order, format, compression and inferred types make no difference" {
	printf '%s\n' a,b 1,x 2,y 1,x 3.0, ,1 >t.csv
	files=(t.csv)
	same 5,0,0 import
	printf '%s\n' b,a ,3 x,1 1,na y,2 x,1.0 >other.csv
	mv other.csv t.csv
	same 0,5,0 import
	ns-convert -O arrow <t.csv >t.arrow
	gzip -c t.csv >t.csv.gz
	zstd -q t.arrow
	for files in t.arrow t.csv.gz t.arrow.zst; do same 0,5,0 import; done
	files=(t.csv)
	same 0,5,0 import -c a,b
	same 0,5,0 import --text a
	printf '%s\n' a,b new,x 1,x 2,y 1,x 3, ,1 1.0,x >t.csv
	same 2,5,0 import
	[[ $(count) == 7 ]]
	same 0,7,0 import
	# Other columns are other rows, but where nothing stands in the others.
	same 6,1,0 import -x b
}

@test "types: by inference, by the schema, by --text and --number; missing is absent, or null" {
	printf '%s\n' 'n,big,real,id,t,z' '1,3000000000,0.5,007,x,1' '-2,1,1e300,12,NA,na' >t.csv
	files=(t.csv)
	same 2,0,0 import
	same '{"n":{"$numberInt":"1"},"big":{"$numberLong":"3000000000"},"real":{"$numberDouble":"0.5"},"id":"007","t":"x","z":{"$numberInt":"1"}}
{"n":{"$numberInt":"-2"},"big":{"$numberInt":"1"},"real":{"$numberDouble":"1e+300"},"id":"12","t":"NA"}' here
	cat >t.yaml <<-'END'
		columns:
		  n: {type: number, missing: true}
		  big: {type: integer, missing: true}
		  real: text
		  id: {type: integer, missing: true}
		  t: text
		  z: {type: integer, missing: true}
	END
	same 2,0,0 import --replace -S t.yaml --null --na NA,na
	same '{"n":{"$numberDouble":"1.0"},"big":{"$numberLong":"3000000000"},"real":"0.5","id":{"$numberInt":"7"},"t":"x","z":{"$numberInt":"1"}}
{"n":{"$numberDouble":"-2.0"},"big":{"$numberInt":"1"},"real":"1e300","id":{"$numberInt":"12"},"t":null,"z":null}' here
	same 2,0,0 import --replace --text n -c n
	same '{"n":"1"}\n{"n":"-2"}' here
}

@test "nested names make documents; ns: columns are left out" {
	printf '%s\n' 'a.b,x,ns:row,a.c.d,ä.ö' '1,2,3,4,5' ',6,7,,' >t.csv
	files=(t.csv)
	same 2,0,0 import
	same '{"a":{"b":{"$numberInt":"1"},"c":{"d":{"$numberInt":"4"}}},"x":{"$numberInt":"2"},"ä":{"ö":{"$numberInt":"5"}}}
{"x":{"$numberInt":"6"}}' here
}

@test "dates" {
	printf '%s\n' when,x 2024-01-31,1 2024-01-31T12:34:56.789Z,2 '2024-01-31 14:34+02:00,3' ,4 >t.csv
	files=(t.csv)
	same 4,0,0 import --date 'wh*'
	same '{"when":{"$date":{"$numberLong":"1706659200000"}},"x":{"$numberInt":"1"}}
{"when":{"$date":{"$numberLong":"1706704496789"}},"x":{"$numberInt":"2"}}
{"when":{"$date":{"$numberLong":"1706704440000"}},"x":{"$numberInt":"3"}}
{"x":{"$numberInt":"4"}}' here
	fails 1 "^ns-import: t.csv: no column '(whne|.whne.*)'" import --date whne
	echo soon,5 >>t.csv
	fails 1 "^ns-import: t.csv:6: column 'when': 'soon' is not a date such as 2024-01-31 or 2024-01-31T12:34:56.789Z$" import --date when
	fails 0 "^$" import --date when --on-error missing
	[[ $stdout == 1,4,0 ]]
}

@test "Arrow: integers are exact, bool is bool, times are text or dates" {
	python_with pyarrow
	"$PYTHON" - <<-'END'
		import datetime, decimal, pyarrow as pa
		table = pa.table({
		    "i": pa.array([2**53 + 1, -1, None], pa.int64()), "u": pa.array([2**64 - 1, 1, 2], pa.uint64()), "b": [True, False, None],
		    "t": pa.array([0, 1500, None], pa.timestamp("ms", "UTC")), "d": pa.array([decimal.Decimal("1.50")] * 3), "y": [b"\x00\xff", b"", None],
		})
		with pa.OSFile("t.arrow", "wb") as file, pa.ipc.new_stream(file, table.schema) as out:
		    out.write(table)
	END
	files=(t.arrow)
	same 3,0,0 import --date t
	same '{"i":{"$numberLong":"9007199254740993"},"u":"18446744073709551615","b":true,"t":{"$date":{"$numberLong":"0"}},"d":{"$numberDouble":"1.5"},"y":"00ff"}
{"i":{"$numberInt":"-1"},"u":{"$numberInt":"1"},"b":false,"t":{"$date":{"$numberLong":"1500"}},"d":{"$numberDouble":"1.5"}}
{"u":{"$numberInt":"2"},"d":{"$numberDouble":"1.5"}}' here
	# The same table as CSV is the same rows.
	ns-convert -O csv t.arrow >t.csv
	files=(t.csv)
	same 0,3,0 import
	same 3,0,0 import --replace
	grep -q '"t":"1970-01-01T00:00:01.500Z"' <<<"$(here)"
}

@test "--source: the same rows of another source are other rows; standard input needs a name" {
	printf '%s\n' a 1 2 >t.csv
	files=(t.csv)
	same 2,0,0 import
	same 2,0,0 import --source other
	files=()
	same 0,2,0 import --source t <t.csv
	fails 2 '^ns-import: rows of standard input have no file.s name to be known by: --source NAME or --key COLUMN$' import <t.csv
	files=(-)
	fails 2 '^ns-import: rows of standard input have no' import <t.csv
	mkdir more
	cp t.csv more/t.arrow
	files=(t.csv more/t.arrow)
	fails 2 "^ns-import: 't.csv' and 'more/t.arrow' are both known as 't', so that equal rows of both would be one: import one after the other with --source, or both with --source 't'$" import
	same 2,2,0 import --source t
	fails 2 '^ns-import: --source and --key: with a key column, rows are told apart by it alone$' import --source s --key a
	cp t.csv u.csv
	files=(t.csv u.csv)
	same 2,2,0 import # t.csv has been there
}

@test "--key: a column tells rows apart; missing and doubled keys are named" {
	printf '%s\n' id,a 7,x 8.0,y z,y >t.csv
	files=(t.csv)
	same 3,0,0 import --key id
	printf '%s\n' id,a 8,other 9,new >t.csv
	same 1,1,0 import --key id -x id <t.csv
	same '{"a":"new"}\n{"id":"7","a":"x"}\n{"id":"8.0","a":"y"}\n{"id":"z","a":"y"}' sort <(here)
	[[ $(mongodb_dump "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER" | jq -r ._ns.key | sort | tr '\n' ' ') == 'id=7 id=8 id=9 id=z ' ]]
	printf '%s\n' id 1 2 1.0 >t.csv
	printf '%s\n' id 2 3 4 >u.csv
	fails 1 "^ns-import: t.csv:4: the key 'id=1' has come before, t.csv:2$" import --key id
	files=(u.csv t.csv)
	fails 1 "^ns-import: t.csv:3: the key 'id=2' has come before, u.csv:2$" import --key id
	printf '%s\n' id,a 1,x ,y >t.csv
	files=(t.csv)
	fails 1 "^ns-import: t.csv:3: column 'id': the key is missing$" import --key id
	fails 1 "^ns-import: t.csv: no column 'ID' \(did you mean 'id'\?\)$" import --key ID
	ns-convert -O arrow t.csv >t.arrow
	files=(t.arrow)
	fails 1 "^ns-import: t.arrow: row 2: column 'id': the key is missing$" import --key id
	fails 0 '^$' import --key id --on-error skip --rejects bad.csv
	[[ $stdout == 1,0,1 ]]
	same 'id,a\n,y' cat bad.csv
}

@test "--replace: the new rows at once and whole; indexes and options stay" {
	sample 301
	files=(phishing.csv)
	same 300,0,0 import
	mongodb_command "$MONGODB_DATABASE" >/dev/null <<-END
		{"createIndexes": "c$BATS_TEST_NUMBER", "indexes": [{"key": {"Result": 1, "port": -1}, "name": "mine"}]}
	END
	mongodb_indexes "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER" >before
	sed -i 100,200d phishing.csv
	same 199,0,0 import --replace
	[[ $(count) == 199 ]]
	mongodb_indexes "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER" | cmp - before
	# A load that fails leaves the old one, and nothing else.
	echo bad >>phishing.csv
	fails 1 '^ns-import: phishing.csv:201: ' import --replace
	[[ $(count) == 199 ]]
	[[ $(mongodb_names "$MONGODB_DATABASE" | grep -c "^c$BATS_TEST_NUMBER") == 1 ]]
}

@test "two imports at once store each row once" {
	sample 1001
	files=(phishing.csv)
	import --quiet >one &
	import --quiet >two
	wait $!
	[[ $(count) == 1000 ]]
	same 1000,1000,0 awk -F , '{ i += $1; u += $2; f += $3 } END { print i "," u "," f }' one two
}

@test "killed at any moment, then run again: exactly the right documents" {
	sample 1001
	files=(phishing.csv)
	for after in 0.01 0.03 0.06 0.1 0.2; do
		timeout -s KILL $after ns-import -q "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER" phishing.csv || true
	done
	import --quiet >/dev/null
	here | jq -r '[.[] | .["$numberInt"]] | join(",")' | sort | cmp - <(tail -n +2 phishing.csv | sort)
	same 0,1000,0 import --quiet
}

@test "what ns-export writes is what ns-import read, byte by byte" {
	ns-export --help | grep -q -- --uri || skip "ns-export knows no collections yet"
	printf '%s\n' 'b,a.x,a.y,id,big' '1,x,2.5,007,9007199254740993' '-3,,1e+300,1,2' ',"q,""q",,12,-1' >t.csv
	files=(t.csv)
	same 3,0,0 import
	ns-export "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER" >out.csv
	cmp out.csv t.csv
	files=(out.csv)
	same 3,0,0 import --replace
	ns-export "$MONGODB_DATABASE" "c$BATS_TEST_NUMBER" | cmp - t.csv
}

# What follows needs no real server, or one that does what is asked.

fake()
{
	fake_start "$@"
	export MONGODB_URI=${FAKE_URI/serverSelectionTimeoutMS=1000/serverSelectionTimeoutMS=5000}
}

refused()
{
	printf '%b\n' "$1" >t.csv
	fails 1 "^ns-import: t.csv: $2$" ns-import d c t.csv
}

@test "names that no document can have are refused before anything is written" {
	fake
	refused '_id,a\n1,2' "column '_id': _id is given by the database, --key says what tells rows apart \(-x '_id' leaves it out, ns-convert --rename gives it another name\)"
	refused 'a,_ns.key\n1,2' "column '_ns.key': _ns is where ns-import keeps its keys \(-x '_ns.key' leaves it out, ns-convert --rename gives it another name\)"
	refused 'a,$b\n1,2' "column '\\\$b': names that begin with \\\$ are the database's \(ns-convert --rename\)"
	refused 'a,b..c\n1,2' "column 'b..c': a field's name, or a part of it between dots, is empty \(ns-convert --rename\)"
	refused 'a.b,a\n1,2' "columns 'a.b' and 'a': 'a' cannot be both a value and a document \(-x leaves one out\)"
	[[ $(fake_count insert) == 0 && $(fake_count createIndexes) == 0 ]]
	printf '%s\n' _id,a 1,2 >t.csv
	same 'inserted,unchanged,failed\n1,0,0' ns-import -q -x _id --key _id d c t.csv
}

@test "text must be UTF-8 without NUL; documents of more than 16 MiB are named" {
	fake
	printf 'n,t\n1,a\n2,caf\xe9\n3,c\n' >t.csv
	fails 1 "^ns-import: t.csv:3: column 't': 'caf\\\\xe9' is not UTF-8 \(iconv -f WINDOWS-1252 -t UTF-8 may be what it needs\)$" ns-import d c t.csv
	fails 0 'd\.c: 2 inserted, 0 unchanged, 1 failed$' ns-import --on-error skip --rejects bad.csv d c t.csv
	printf 'n,t\n2,caf\xe9\n' | cmp - bad.csv
	[[ $stderr == *"1 row was set aside in 'bad.csv', the first: t.csv:3: column 't': 'caf\\xe9' is not UTF-8"* ]]
	fails 0 '1 value was taken as missing, the first: t.csv:3: column .t.' ns-import --on-error missing d c t.csv
	[[ $stdout == *$'\n1,2,0' ]]
	head -c 16777000 /dev/zero | tr '\0' x >long
	{ echo a && cat long && echo && cat long long && echo; } >t.csv
	fails 1 "^ns-import: t.csv:3: the document would be larger than 16 MiB, which no server stores \(-x leaves columns out\)$" ns-import d big t.csv
	same 'inserted,unchanged,failed\n0,1,1' ns-import -q --on-error skip d big t.csv # the first one was in a batch of its own
	python_with pyarrow
	"$PYTHON" -c 'import pyarrow as pa; t = pa.table({"t": ["a", "b\0c"]}); o = pa.ipc.new_stream("t.arrow", t.schema); o.write(t); o.close()'
	fails 1 "^ns-import: t.arrow: row 2: column 't': 'b.*' holds a NUL byte, which no document's text may$" ns-import d c t.arrow
}

@test "documents that the server refuses are named by line; --on-error skip goes on, keeps and counts them" {
	fake
	mongodb_command d >/dev/null <<<'{"createIndexes": "c", "indexes": [{"key": {"a": 1}, "name": "a_1", "unique": true}]}'
	printf '%s\n' a,b 1,x 2,y 1,z 3,x >t.csv
	fails 1 "^ns-import: t.csv:4: the server refuses the document: E11000 duplicate key error" ns-import d c t.csv
	fails 0 'd\.c: 0 inserted, 3 unchanged, 1 failed$' ns-import --on-error skip --rejects bad.csv d c t.csv
	same 'a,b\n1,z' cat bad.csv
	[[ $(mongodb_count d c) == 3 ]]
}

@test "--replace swaps when all else is done, the rows that were set aside kept, too" {
	fake
	printf 'n,t\n1,a\n2,b\n' >t.csv
	ns-import -q d c t.csv >/dev/null
	printf 'n,t\n3,c\n4,caf\xe9\n' >t.csv
	fails 2 '^ns-import: /dev/full: cannot write: No space left on device$' ns-import -q --replace --on-error skip --rejects /dev/full d c t.csv
	[[ $(mongodb_count d c) == 2 && $(mongodb_names d) == c ]]
}

@test "--replace does not put nothing in the place of something where every row failed" {
	fake
	printf 'n,t\n1,a\n2,b\n' >t.csv
	ns-import -q d c t.csv >/dev/null
	printf 'n,t\n3,caf\xe9\n' >t.csv
	fails 1 '^ns-import: d\.c: every row failed, so nothing takes its place$' ns-import -q --replace --on-error skip d c t.csv
	[[ -z $stdout && $(mongodb_count d c) == 2 && $(mongodb_names d) == c ]]
	echo n,t >t.csv # no rows are no failure
	same 'inserted,unchanged,failed\n0,0,0' ns-import -q --replace d c t.csv
}

@test "an index of another kind, documents with the same key, w=0 and rights are named" {
	fake
	printf '%s\n' a 1 >t.csv
	mongodb_command d >/dev/null <<<'{"createIndexes": "c", "indexes": [{"key": {"_ns.key": 1}, "name": "_ns.key_1"}]}'
	fails 2 "^ns-import: d.c: there is another index on _ns.key than ns-import's, which is unique and sparse: drop it: " ns-import d c t.csv
	printf '%s\n' '{"_ns": {"key": "x"}}' '{"_ns": {"key": "x"}}' | mongodb_insert d e
	fails 2 "^ns-import: d.e: there are documents with the same _ns.key, which tells imported ones apart: " ns-import d e t.csv
	fails 2 "^ns-import: w=0 in the address: an import has to know what was stored$" ns-import --uri "$FAKE_URI&w=0" d f t.csv
	fake --fault createIndexes:1:error=13
	fails 2 "^ns-import: d.c: cannot make the unique index on _ns.key: " ns-import d c t.csv
	fake --fault insert:1:error=13
	fails 2 "^ns-import: d.c: failed after 0 documents: " ns-import d c t.csv
}

@test "lost connections, lost answers, step-downs, damaged answers: everything once, and counted right" {
	rows 4000
	for fault in insert:2-3:lost insert:3:after insert:2:drop=20 insert:2:length=15 insert:2:error=10107 insert:1:lost-error=189 find:1:drop createIndexes:1:lost; do
		fake --no-sessions --fault "$fault" --fault insert:4:lost
		same 'inserted,unchanged,failed\n4000,0,0' ns-import -q d c rows.csv || { echo "$fault"; return 1; }
		same 'inserted,unchanged,failed\n0,4000,0' ns-import -q d c rows.csv
	done
}

@test "what is there already is asked for by its key, not sent again" {
	fake
	rows 3000
	head -n 1001 rows.csv >first.csv
	ns-import -q --source s d c first.csv >/dev/null
	[[ $(fake_count find) == 0 ]]
	same 'inserted,unchanged,failed\n2000,1000,0' ns-import -q --source s d c rows.csv
	[[ $(fake_commands 'select(.command == "insert") | .documents' | tr '\n' ' ') == '1000 1000 1000 1000 ' ]]
	same 'inserted,unchanged,failed\n0,3000,0' ns-import -q --source s d c rows.csv
	[[ $(fake_commands 'select(.command == "insert") | .documents' | wc -l) == 5 ]] # the first batch finds out
}

@test "a server that is gone for good is exit 2, and says after how many documents; nothing goes to stdout" {
	fake --fault insert:3:die
	MONGODB_URI=$FAKE_URI
	rows 4000
	fails 2 '^ns-import: d.c: lost after 2000 documents: .' ns-import d c rows.csv
	[[ -z $stdout ]]
}

@test "--replace: options are kept, leftovers of killed runs are dropped after a day and named before" {
	fake
	printf '%s\n' a 1 >t.csv
	mongodb_command d >/dev/null <<<'{"create": "c", "capped": true, "size": 100000, "max": 50}'
	young=c_ns_new_$(printf %08x "$(date +%s)")0123456789abcdef
	for name in c_ns_new_0123456789abcdef01234567 "$young" c_ns_old_0123456789abcdef01234567 c_ns_new_mine; do
		mongodb_command d >/dev/null <<<"{\"create\": \"$name\"}"
	done
	fails 0 'd\.c: 1 inserted' ns-import --replace d c t.csv
	[[ $stderr == *"d.c_ns_new_0123456789abcdef01234567, left by a --replace that was killed more than a day ago, is dropped"* ]]
	[[ $stderr == *"d.$young is there: another --replace is at work, or was killed (after a day the next one drops it)"* ]]
	[[ $stderr == *"d.c_ns_old_0123456789abcdef01234567 is what d.c was before a --replace that was killed while it swapped them: rename or drop it"* ]]
	[[ $(mongodb_names d | sort | tr '\n' ' ') == "c $young c_ns_new_mine c_ns_old_0123456789abcdef01234567 " ]]
	mongodb_command d <<<'{"listCollections": 1, "filter": {"name": "c"}}' | jq -e '.cursor.firstBatch[0].options | .capped and .max["$numberInt"] == "50"' >/dev/null
}

@test "--replace: a lost answer to the swap is no failure; a swap that is refused leaves the old one" {
	printf '%s\n' a 1 2 >t.csv
	for fault in renameCollection:1:lost create:2:lost listCollections:1:drop listIndexes:1:drop; do
		fake --no-sessions --fault "$fault"
		mongodb_command d >/dev/null <<<'{"create": "c", "capped": true, "size": 100000}'
		same 'inserted,unchanged,failed\n2,0,0' ns-import -q --replace d c t.csv || { echo "$fault"; return 1; }
		same c mongodb_names d
	done
	refuse()
	{
		fake --fault "$1"
		mongodb_command d >/dev/null <<<'{"create": "c", "capped": true, "size": 100000}'
		fails 2 "^ns-import: d.c: $2: " ns-import --replace d c t.csv
		same c mongodb_names d
	}
	refuse renameCollection:1-:error=13 'the new collection cannot take its place'
	refuse listCollections:1:error=13 'cannot list the collections'
	refuse listIndexes:1:error=13 'cannot list its indexes'
}

@test "a disk that is full is exit 2" {
	fake
	printf '%s\n' a 1 >t.csv
	status=0
	ns-import -q d c t.csv >/dev/full 2>err || status=$?
	[[ $status == 2 && $(<err) == 'ns-import: stdout: cannot write: No space left on device' ]]
}
