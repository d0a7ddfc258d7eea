#!/usr/bin/env bats
# How a tool comes to a server: where the address stands, what it says, who is let in, and what is said where that fails.
# shellcheck disable=SC2030,SC2031,SC2119,SC2120
load helper
load mongodb

# All but one test do with the fake server alone.
setup_file()
{
	FAKE=plain fake_start --generate d.c 3 2 || return 0
	export PLAIN=$FAKE_URI
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	mongodb_needed
	unset MONGODB_URI MONGO_DB_URL MONGO_DB_URI
}

# arrives COMMAND...: the command succeeds, says nothing, and has the three documents.
arrives()
{
	"$@" >out 2>err
	[[ ! -s err && $(wc -l <out) == 4 ]]
}

export_c() { ns-export "$@" d c; }

@test "the address: --uri, then the environment's names in their order, then those of .env" {
	nobody=mongodb://127.0.0.1:1/
	fails 2 "^ns-export: the server is not known: --uri URI, --uri @FILE, the environment's MONGODB_URI or a \.env file says where it is$" export_c --query '{}'
	printf 'MONGODB_URI=%s\nMONGO_DB_URL=%s\n' "$PLAIN" "$nobody" >.env
	chmod 600 .env
	arrives export_c --query '{}'
	arrives env MONGO_DB_URI="$PLAIN" ns-export --query '{}' d c
	fails 2 "no server answers" env MONGO_DB_URI="$nobody" ns-export --query '{}' d c
	arrives env MONGO_DB_URI="$nobody" MONGO_DB_URL="$PLAIN" ns-export --query '{}' d c
	arrives env MONGO_DB_URL="$nobody" MONGODB_URI="$PLAIN" ns-export --query '{}' d c
	arrives env MONGODB_URI="$nobody" ns-export --uri "$PLAIN" d c
	arrives env MONGODB_URI= ns-export --query '{}' d c
}

@test "the address in a file: --uri @FILE, and @FILE where a variable says so" {
	printf '# the test server\n\n  %s  \r\n' "$PLAIN" >uri
	chmod 600 uri
	arrives export_c --uri @uri
	arrives env MONGODB_URI=@uri ns-export --query '{}' d c
	fails 2 "^ns-export: nosuch: No such file or directory$" export_c --uri @nosuch
	echo '# nothing' >uri
	fails 2 "^ns-export: uri: there is no address in it$" export_c --uri @uri
}

@test ".env: quotes, export, comments and CRLF; a broken line is named" {
	for line in "MONGODB_URI=$PLAIN" "export MONGODB_URI='$PLAIN' # here" "MONGODB_URI = \"$PLAIN\""$'\r' $'# x\n\nA=\'it\nis\'\nMONGODB_URI='"$PLAIN # x"; do
		printf '%s\n' "$line" >.env
		arrives export_c --query '{}'
	done
	printf '\nMONGODB_URI="mongodb://jo:secret@h/\n' >.env
	fails 2 "^ns-export: \.env:2: MONGODB_URI: a quote that begins here is never closed$" export_c --query '{}'
	rm .env
	mkdir .env
	fails 2 "the server is not known" export_c --query '{}'
}

@test "a file with a password that everybody may read is noted" {
	fake_start --generate d.c 3 2 --user jo --password-file <(echo geheim)
	echo "mongodb://jo:geheim@${FAKE_URI#mongodb://}" >uri
	chmod 644 uri
	export_c --uri @uri 2>err >out
	[[ $(cat err) == "ns-export: uri: holds a password, and everybody may read it: chmod 600 uri" ]]
	export_c -q --uri @uri 2>err >out
	[[ ! -s err ]]
	chmod 640 uri
	arrives export_c --uri @uri
}

@test "logging in: SCRAM-SHA-256, the right password, a wrong one, none" {
	printf 'p@ss:w/ord%%\n' >password
	fake_start --generate d.c 3 2 --user jo --password-file password
	there=${FAKE_URI#mongodb://}
	arrives export_c --uri "mongodb://jo:p%40ss%3Aw%2Ford%25@$there"
	arrives export_c --uri "mongodb://jo:p%40ss%3Aw%2Ford%25@$there&authMechanism=SCRAM-SHA-256"
	fails 2 "^ns-export: d\.c: Authentication failed \(are user, password and authSource in the address right\?\)$" export_c --uri "mongodb://jo:p%40ssword@$there"
	fails 2 "^ns-export: d\.c: .*requires authentication \(USER:PASSWORD@ in front of the address's host\)$" export_c --uri "mongodb://$there"
	fails 2 "^ns-export: --uri: a user without a password: USER:PASSWORD@ stands in front of the host$" export_c --uri "mongodb://jo@$there"
}

@test "no message holds a password, as it is or as it is written in the address" {
	fake_start --generate d.c 3 2 --user jo --password-file <(echo geheim)
	there=${FAKE_URI#mongodb://}
	for uri in "mongodb://jo:Hush%40Hush@$there" mongodb://jo:Hush%40Hush@127.0.0.1:1/ mongodb://jo:Hush%40Hush@nosuch.invalid/ \
		mongodb://jo:Hush@Hush@127.0.0.1:1/ mongodb://jo:Hush/Hush@h/ mongodb://jo:Hush:Hush@h/ mongodb://jo:Hush%zzHush@h/ \
		'mongodb://jo:Hush?Hush@h:x/' mongodb://jo:Hush http://jo:Hush@h/ mongodb+srv://jo:Hush@h/ "mongodb://jo:Hush@h:1/?tls=Hush2&frob=1" \
		"mongodb://jo:Hush@h/?tls=true&tlsCertificateKeyFilePassword=Hush%20&tlsCAFile=/nosuch" \
		"mongodb://jo:Hush@127.0.0.1:1/?authMechanism=PLAIN&authMechanismProperties=SERVICE_NAME:Hush"; do
		fails 2 . export_c --uri "${uri/tls=Hush2/tls=maybe}"
		if [[ $stderr == *Hush* ]]; then
			echo "$uri: $stderr"
			return 1
		fi
		printf 'MONGODB_URI=%s\n' "$uri" >.env
		chmod 600 .env
		fails 2 . export_c --query '{}'
		[[ $stderr != *Hush[^2]* && $stderr != *Hush ]]
	done
}

@test "an address that stands where a file or a database should is not repeated" {
	printf 'a\n1\n' >a.csv
	for uri in mongodb://jo:Hush@h/ MongoDB+srv://jo:Hush@h/; do
		fails 2 "^ns-export: operand 1 is the address of a server, which stands behind --uri$" ns-export "$uri"
		fails 2 "^ns-export: operand 1 is the address of a server, which stands behind --uri$" ns-export "$uri" d c
		fails 2 "^ns-import: operand 3 is the address of a server, which stands behind --uri$" ns-import d c "$uri"
		fails 2 "^ns-export: --uri: behind '@' stands an address, not the name of a file that holds one$" ns-export --uri "@$uri" d c
	done
}

@test "no list of processes shows the address for long" {
	fake_start --generate d.c 3 2 --user jo --password-file <(echo geheim) --fault "find:*:slow=700"
	ns-export --uri "mongodb://jo:geheim@${FAKE_URI#mongodb://}" d c >out &
	pid=$!
	until [[ $(fake_count find) != 0 ]]; do sleep 0.05; done
	tr '\0' '\n' <"/proc/$pid/cmdline" >shown
	wait "$pid"
	[[ $(wc -l <out) == 4 ]]
	grep -q '^ns-export$' shown
	grep -q '^c$' shown
	run ! grep -E 'geheim|mongodb:' shown
}

@test "TLS: the server's authority, another one, none, a file that is none" {
	tls_files
	fake_start --generate d.c 3 2 --tls server.pem
	there=${FAKE_URI%%\?*}
	short='serverSelectionTimeoutMS=1000&connectTimeoutMS=1000'
	arrives export_c --uri "$there?tls=true&tlsCAFile=ca.pem&$short"
	! getent hosts localhost >/dev/null || arrives export_c --uri "${there/127.0.0.1/localhost}?tls=true&tlsCAFile=ca.pem&$short"
	remedy="tlsCAFile=FILE in the address names the authority that signed the server's certificate"
	fails 2 "certificate verify failed.*\($remedy\)$" export_c --uri "$there?tls=true&tlsCAFile=other-ca.pem&$short"
	fails 2 "certificate verify failed.*\($remedy\)$" export_c --uri "$there?tls=true&$short"
	fails 2 "\(a server that wants TLS needs tls=true in the address\)$" export_c --uri "$there?$short"
	fails 2 "^ns-export: --uri: tlsCAFile 'nosuch\.pem': No such file or directory$" export_c --uri "$there?tls=true&tlsCAFile=nosuch.pem&$short"
	fails 2 "Cannot load Certificate Authorities.*\(tlsCAFile in the address must name a file of PEM certificates\)$" export_c --uri "$there?tls=true&tlsCAFile=ca.key&$short"
	fails 2 "\(does the server speak TLS\? tls=true in the address asks for it\)$" export_c --uri "$PLAIN&tls=true"
}

@test "TLS: a certificate for another host" {
	tls_files elsewhere.example
	fake_start --generate d.c 3 2 --tls server.pem
	fails 2 "no server answers: \[.*TLS handshake failed" export_c --uri "${FAKE_URI%%\?*}?tls=true&tlsCAFile=ca.pem&connectTimeoutMS=1000"
}

@test "IPv6" {
	fake_start --generate d.c 3 2 --listen ::1 || skip "no IPv6 here"
	[[ $FAKE_URI == "mongodb://[::1]:"* ]]
	arrives export_c --uri "$FAKE_URI"
	fails 2 "no server answers: \[.*\[::1\]:1\] \(does a server run there\?" export_c --uri "mongodb://[::1]:1/"
}

@test "nobody is there: said at once, with what helps" {
	fails 2 "^ns-export: d\.c: no server answers: \[.*127\.0\.0\.1:1.*\] \(does a server run there\? does the address name the right port\?\)$" \
		timeout 10 ns-export --uri mongodb://127.0.0.1:1/ d c
	fails 2 "no server answers: \[Failed to resolve .*nosuch\.invalid.*\] \(is the host's name right\?\)$" export_c --uri mongodb://nosuch.invalid/
	fails 2 "^ns-export: --uri: Failed to look up SRV record .*nosuch\.invalid.*\(does the domain name service know that host\? mongodb:// with the servers' names does without\)$" \
		export_c --uri mongodb+srv://cluster.nosuch.invalid/
	fails 2 "^ns-export: --uri: this is no address of a server: Invalid service name in URI$" export_c --uri mongodb+srv://nosuch/
}

@test "time-outs: no greeting, no answer" {
	fake_start --generate d.c 3 2 --fault "hello+isMaster:*:silent"
	fails 2 "no server answers" timeout 20 ns-export --uri "${FAKE_URI%%\?*}?connectTimeoutMS=300&serverSelectionTimeoutMS=600" d c
	fake_start --generate d.c 3 2 --fault "find:*:silent"
	fails 2 "d\.c: cannot be read: the connection broke, or nothing came within socketTimeoutMS$" \
		timeout 20 ns-export --uri "$FAKE_URI&socketTimeoutMS=300" d c
}

@test "options of the address: unknown ones are noted, wrong ones refused; a server too old" {
	export_c --uri "$PLAIN&tlsCAFil=x&compressors=rot13" >out 2>err
	grep -qx "ns-export: --uri: there is no option 'tlscafil': it has no effect (did you mean 'tlsCAFile'?)" err
	grep -qx "ns-export: --uri: Unsupported compressor: 'rot13'" err
	fails 2 "^ns-export: --uri: this is no address of a server: Unsupported value for \"serverselectiontimeoutms\": \"soon\"$" \
		export_c --uri mongodb://h/?serverSelectionTimeoutMS=soon
	fake_start --generate d.c 3 2 --wire-version 4
	fails 2 "reports wire version 4, but .* requires at least" export_c --uri "$FAKE_URI"
}

@test "the server's log knows who asks" {
	export_c --uri "$PLAIN" >out
	jq -s -e 'any(.body.client.application.name == "ns-export")' "$BATS_FILE_TMPDIR/fake-plain/log"
}

@test "what is not there is named, with what may have been meant" {
	fails 2 "^ns-export: there is no collection 'cc' in 'd' \(did you mean 'c'\?\)$" ns-export --uri "$PLAIN" d cc
	fails 2 "^ns-export: there is no database 'dd' on the server \(did you mean 'd'\?\)$" ns-export --uri "$PLAIN" dd c
	fake_start --generate d.c 3 2 --fault "listCollections:*:error=13"
	arrives export_c --uri "$FAKE_URI"
}

# Every type an _id may have; each is the last before the cut once. Some servers' order among binaries is no order.
@test "a lost cursor is asked for anew behind an _id of any type" {
	mongodb_start
	uri=$MONGODB_URI
	{
		echo null
		seq -500 498
		printf '%s\n' 498.5 '{"$numberLong":"4611686018427387904"}' '""' '"a"' '"ä"' '{}' '{"a":1}' '{"a":1,"b":2}' '{"$binary":{"base64":"eA==","subType":"00"}}' \
			'{"$oid":"000000000000000000000000"}' '{"$oid":"0123456789abcdef01234567"}' false true '{"$date":{"$numberLong":"-86400000"}}' \
			'{"$date":{"$numberLong":"1700000000000"}}' '{"$timestamp":{"t":1,"i":1}}' '{"$timestamp":{"t":2,"i":0}}'
		case $(mongodb_kind) in mongod | given) echo '{"$maxKey":1}' ;; esac
	} | jq -c '{_id: ., v: (input_line_number - 1)}' >documents
	mongodb_insert "$MONGODB_DATABASE" types <documents
	last=$(($(wc -l <documents) - 1))
	coproc PROXY { "$ROOT/tests/servers/no-second-batch" "$uri"; }
	read -r proxy <&"${PROXY[0]}"
	for first in $(seq 0 $((last - 1000))); do
		ns-export --uri "$proxy" -c v --query "{\"v\":{\"\$gte\":$first}}" "$MONGODB_DATABASE" types >out
		{ echo v && seq "$first" "$last"; } | cmp - out
	done
	kill "$PROXY_PID"
	mongodb_stop
}

@test "what a process that was killed left of libmongoc's counters is nobody's business" {
	[[ -w /dev/shm ]] || skip "no /dev/shm"
	fails 2 '^ns-export: a.b: no server answers' bash -c ': >"/dev/shm/mongoc-$$"; exec ns-export --uri mongodb://127.0.0.1:1/ a b'
}
