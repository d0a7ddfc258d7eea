#!/usr/bin/env bats
# The servers that tests use: the fake answers as a real one does, and none outlives its test.
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

@test "the fake answers what a real server answers" {
	fake_start
	/usr/bin/python3 "$ROOT/tests/servers/agree.py" "$MONGODB_URI" "$MONGODB_DATABASE" "$(mongodb_kind)" >real
	/usr/bin/python3 "$ROOT/tests/servers/agree.py" "$FAKE_URI" "$MONGODB_DATABASE" "$(mongodb_kind)" >fake.out
	diff -u real fake.out
}

# gone PID: that process ends within some seconds.
gone()
{
	for _ in {1..100}; do
		[[ -e /proc/$1 && $(sed 's/.*) //' "/proc/$1/stat") != Z* ]] || return 0
		sleep 0.1
	done
	return 1
}

@test "a server ends when the process that it is for was killed" {
	sleep 100 3>&- &
	local owner=$! fake real
	"$ROOT/tests/servers/fake-mongodb" --while $owner >uri 3>&- &
	fake=$!
	if [[ $(mongodb_kind) != given ]]; then
		sh "$ROOT/scripts/test-mongodb" start --built --while $owner real
		read -r real _ <real/pid
		kill -0 "$real"
	fi
	until [[ -s uri ]]; do sleep 0.1; done
	kill -9 $owner
	gone $fake
	[[ -z ${real:-} ]] || gone "$real"
}

@test "stop leaves a process alone that took a dead server's number" {
	[[ $(mongodb_kind) != given ]] || skip "the server is none of ours"
	mkdir old
	sleep 100 3>&- &
	echo "$! 12345" >old/pid
	sh "$ROOT/scripts/test-mongodb" stop old
	kill $! # it is there
	[[ ! -e old/pid ]]
}

@test "where no server can be had, the reason is said" {
	mkdir bin
	for tool in sh sed cat dirname; do ln -s "$(command -v $tool)" bin; done
	fails 2 '^test-mongodb: no server: no mongod, no Go for FerretDB, no java for mongo-java-server$' \
		env -u NETSEC_TEST_MONGODB_URI -u NETSEC_TEST_MONGODB PATH="$PWD/bin" sh "$ROOT/scripts/test-mongodb" which
	fails 2 "^test-mongodb: no server: 'oracle' is no server of this script$" env -u NETSEC_TEST_MONGODB_URI NETSEC_TEST_MONGODB=oracle sh "$ROOT/scripts/test-mongodb" which
	fails 2 '^sh scripts/test-mongodb build' sh "$ROOT/scripts/test-mongodb"
}

@test "mongod is started on another port where the first is taken, and ended" {
	mkdir bin
	cat >bin/mongod <<-'SH'
		#!/bin/sh
		[ "$1" != --version ] || { echo "db version v7.0.5" && exit; }
		echo "$*" >>calls
		[ "$(wc -l <calls)" -gt 1 ] || exit 48
		echo $$ >mongod.pid
		echo '{"msg":"Waiting for connections"}'
		exec sleep 100
	SH
	chmod +x bin/mongod
	PATH=$PWD/bin:$PATH NETSEC_TEST_MONGODB=mongod env -u NETSEC_TEST_MONGODB_URI sh "$ROOT/scripts/test-mongodb" start x >says
	local port
	port=$(sed -n '2s/.*--port \([0-9]*\) .*/\1/p' calls)
	printf 'mongodb://127.0.0.1:%s/\nmongod 7.0.5\n' "$port" | cmp - says
	sh "$ROOT/scripts/test-mongodb" stop x
	gone "$(cat mongod.pid)"
}

@test "a server that is given is taken as it is" {
	same 'given' env NETSEC_TEST_MONGODB_URI=mongodb://192.0.2.1/ sh "$ROOT/scripts/test-mongodb" which
	same 'mongodb://192.0.2.1/\ngiven' env NETSEC_TEST_MONGODB_URI=mongodb://192.0.2.1/ sh "$ROOT/scripts/test-mongodb" start x
}
