# Servers for .bats files: `load mongodb` behind `load helper`.
#
# A real one, for the whole file; in setup_file and teardown_file:
#	mongodb_start || return 0      sets MONGODB_URI (short time-outs) and MONGODB_DATABASE (this file's own: use no other,
#	                       servers are shared where NETSEC_TEST_MONGODB_URI is set). Where none can be had, setup() below skips
#	                       every test of the file and says why; a file with a setup() of its own calls mongodb_needed there
#	mongodb_stop           drops that database, ends the server
#	mongodb_kind           "ferretdb", "java", "mongod" or "given"
#
# The fake one, tests/servers/fake-mongodb, which goes wrong where it is told to (its --help says how); in a test, or for
# a file in setup_file:
#	fake_start OPTION...   sets FAKE_URI and FAKE_LOG (a line of JSON per command). A second one: FAKE=name fake_start ...
#	fake_faults FAULT...   from now on these, counted from the beginning, and the log is empty: quicker than another server
#	fake_stop              ends it; it ends with the test (or the file), too
#	fake_count COMMAND     how often it was asked that; fake_commands [JQ]: the log through jq
#	tls_files [HOST...]    makes ca.pem, server.pem (certificate and key, for 127.0.0.1, ::1 and localhost, or HOST...),
#	                       server.crt and server.key here, and other-ca.pem, which signed nothing
#
# Both, each with DATABASE COLLECTION behind; they ask $MONGODB_URI (for the fake: MONGODB_URI=$FAKE_URI mongodb_count d c):
#	mongodb_insert         documents of stdin: extended JSON lines, in their order, fields too
#	mongodb_count          how many there are
#	mongodb_dump           canonical extended JSON lines, by _id
#	mongodb_indexes        a line of JSON per index
#	mongodb_drop           the collection; without COLLECTION the database
#	mongodb_names          (DATABASE) its collections
#	mongodb_command        (DATABASE) a command, extended JSON on stdin; prints the answer
#
# What the servers cannot do, seen with pymongo 3.11:
#
#	FerretDB 1.24
#	  no decimal128, MinKey, MaxKey, code, dbpointer, undefined: it closes the connection on them; NaN does that, too; infinities and
#	    arrays of arrays are refused; -0.0 comes back as 0; a name with a dot or a $ in front, a NUL in a text are refused
#	  renameCollection has no dropTarget (NotImplemented, 238)
#	  sparse and partial indexes are plain ones to it (and not listed as such), unique holds; documents without the field do not clash
#	  `upserted` of an update counts the upserts, not the statements: only its length is right
#	  updates are not ordered; hint, readConcern, allowDiskUse are ignored; collation, noCursorTimeout refused
#	  cursors do not end by themselves; endSessions is unknown
#	mongo-java-server 1.47
#	  an upsert's _id is an ObjectId of no time that was; nothing is on disk; no sessions, no logging in, no TLS
#	  fields of $setOnInsert stay in the order in which they were sent
#	  listCollections does not look at its filter; an insert's n counts what was refused, too
#	MongoDB 5 and later, and FerretDB, and the fake
#	  fields of $set and $setOnInsert get into a new document in the order of their names, behind _id and what the filter says
#	The fake
#	  a sort, a filter or a stage that it does not know is refused; regular expressions are not known
# shellcheck shell=bash

CLIENT=(/usr/bin/python3 "$ROOT/tests/servers/client.py")

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	mongodb_needed
}

mongodb_needed()
{
	[[ -z ${MONGODB_SKIP:-} ]] || skip "$MONGODB_SKIP"
}

# What is missing skips the test that asks for it, or, in setup_file, where bats knows no skip, every test.
mongodb_missing()
{
	export MONGODB_SKIP=$1
	[[ -z ${BATS_TEST_TMPDIR:-} ]] || skip "$MONGODB_SKIP"
	return 1
}

mongodb_python()
{
	/usr/bin/python3 -c 'import pymongo' 2>/dev/null || mongodb_missing "no pymongo for /usr/bin/python3 (Debian: python3-pymongo)"
}

mongodb_start()
{
	mongodb_python || return 1
	export MONGODB_FOLDER=$BATS_FILE_TMPDIR/mongodb MONGODB_URI MONGODB_KIND MONGODB_DATABASE
	local said
	if ! said=$(sh "$ROOT/scripts/test-mongodb" start --built --while $$ "$@" "$MONGODB_FOLDER" 2>&1); then
		mongodb_missing "${said##*$'\n'}"
		return 1
	fi
	MONGODB_URI=$(head -n 1 <<<"$said") MONGODB_KIND=$(sed -n 2p <<<"$said")
	MONGODB_URI=$(with_timeouts "$MONGODB_URI")
	MONGODB_DATABASE=ns_test_$$
	[[ $MONGODB_KIND != given ]] || MONGODB_KIND+=" $(mongodb_command admin <<<'{"buildInfo": 1}' | jq -r .version)"
	echo "# ${BATS_TEST_FILENAME##*/}: $MONGODB_KIND" >&3
}

mongodb_stop()
{
	[[ $(mongodb_kind) != given ]] || mongodb_drop "$MONGODB_DATABASE"
	sh "$ROOT/scripts/test-mongodb" stop "${MONGODB_FOLDER:-/nonexistent}"
}

mongodb_kind()
{
	echo "${MONGODB_KIND:-}" | cut -d " " -f 1
}

# What a URI lacks of time-outs, so that a test of a server that has gone takes a second, not half a minute.
with_timeouts()
{
	local uri=$1
	[[ $uri == *://*/* ]] || uri=$uri/
	[[ $uri == *\?* ]] && uri+='&' || uri+='?'
	echo "${uri}serverSelectionTimeoutMS=1000&connectTimeoutMS=1000"
}

mongodb_insert() { "${CLIENT[@]}" "$MONGODB_URI" insert "$@"; }
mongodb_count() { "${CLIENT[@]}" "$MONGODB_URI" count "$@"; }
mongodb_dump() { "${CLIENT[@]}" "$MONGODB_URI" dump "$@"; }
mongodb_raw() { "${CLIENT[@]}" "$MONGODB_URI" raw "$@"; }
mongodb_indexes() { "${CLIENT[@]}" "$MONGODB_URI" indexes "$@"; }
mongodb_drop() { "${CLIENT[@]}" "$MONGODB_URI" drop "$@"; }
mongodb_names() { "${CLIENT[@]}" "$MONGODB_URI" names "$@"; }
mongodb_command() { "${CLIENT[@]}" "$MONGODB_URI" command "$@"; }

fake_start()
{
	mongodb_python || return 1
	local folder=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/fake${FAKE:+-$FAKE} tries=0
	mkdir -p "$folder"
	fake_stop
	: >"$folder/log"
	rm -f "$folder/faults"
	# 3: what bats reads; whoever holds it open keeps bats waiting.
	"$ROOT/tests/servers/fake-mongodb" --while $$ --log "$folder/log" --faults "$folder/faults" "$@" >"$folder/uri" 2>"$folder/stderr" </dev/null 3>&- &
	echo $! >"$folder/pid"
	disown
	until [[ -s $folder/uri ]]; do
		if ! kill -0 "$(cat "$folder/pid")" 2>/dev/null || ((tries++ > 600)); then
			cat "$folder/stderr"
			return 1
		fi
		sleep 0.05
	done
	export FAKE_FOLDER=$folder FAKE_LOG=$folder/log FAKE_URI
	FAKE_URI=$(with_timeouts "$(cat "$folder/uri")")
}

fake_faults()
{
	printf '%s\n' "$@" >"$FAKE_FOLDER/faults.new"
	mv "$FAKE_FOLDER/faults.new" "$FAKE_FOLDER/faults"
	: >"$FAKE_LOG"
}

fake_stop()
{
	local folder=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/fake${FAKE:+-$FAKE}
	[[ -e $folder/pid ]] || return 0
	kill "$(cat "$folder/pid")" 2>/dev/null || true
	rm -f "$folder/pid" "$folder/uri"
}

fake_commands()
{
	jq -c "${1:-.}" "$FAKE_LOG"
}

fake_count()
{
	jq -s --arg command "$1" 'map(select(.command == $command)) | length' "$FAKE_LOG"
}

tls_files()
{
	command -v openssl >/dev/null || mongodb_missing "no openssl" || return 1
	local name names=''
	for name in "${@:-127.0.0.1}" ${1:+} $([[ $# -gt 0 ]] || echo ::1 localhost); do
		[[ $name == *:* || $name =~ ^[0-9.]+$ ]] && names+=,IP:$name || names+=,DNS:$name
	done
	for name in ca other-ca; do
		openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$name" -keyout $name.key -out $name.pem
	done
	openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr
	printf 'subjectAltName=%s\n' "${names#,}" >server.ext
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.crt
	cat server.crt server.key >server.pem
} 2>/dev/null
