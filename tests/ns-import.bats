#!/usr/bin/env bats
# ns-import: every promise of its manual, on a real server; what a server has to refuse or to lose is the fake's.
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
