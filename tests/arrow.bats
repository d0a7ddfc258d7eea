#!/usr/bin/env bats
# Arrow streams, live, with the systems that also write and read them.
load helper

@test "pyarrow, polars and pandas read what we write, and we what they write" {
	python=$ROOT/build/peer-venv/bin/python
	[ -x "$python" ] || skip "no build/peer-venv: scripts/peer-venv makes it"
	"$python" "$ROOT/tests/peer/arrow_peer.py" "$NS_BUILD/ns-convert" "$BATS_TEST_TMPDIR"
}
