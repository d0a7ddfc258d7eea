# What every .bats file loads: `load helper`.
#
#	NS_BUILD   the build folder whose tools are tested (default build/release); it comes first on PATH
#	ROOT       the top of the source tree
#	DATA       tests/data
#	fails      asserts how a command fails
#	same       asserts that a command writes exactly these bytes
#
# Tests write only into $BATS_TEST_TMPDIR, which is also where they stand when they begin.
# shellcheck shell=bash
bats_require_minimum_version 1.5.0
set -o pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT DATA=$ROOT/tests/data
NS_BUILD=${NS_BUILD:-build/release}
case $NS_BUILD in
/*) ;;
*) NS_BUILD=$ROOT/$NS_BUILD ;;
esac
export NS_BUILD PATH="$NS_BUILD:$PATH" LC_ALL=C
# A sanitizer's report must never pass for "the data are at fault", which is exit 1.
export ASAN_OPTIONS="exitcode=86${ASAN_OPTIONS:+:$ASAN_OPTIONS}" UBSAN_OPTIONS="exitcode=86:print_stacktrace=1" LSAN_OPTIONS="exitcode=86"

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
}

# fails STATUS REGEX COMMAND...: the command ends with this status, its stderr matches the (bash) regex, and no line of
# it is a sanitizer's. What it wrote is left in $stdout and $stderr. Takes the caller's stdin.
fails()
{
	local want=$1 regex=$2 status=0
	shift 2
	"$@" >"$BATS_TEST_TMPDIR/.stdout" 2>"$BATS_TEST_TMPDIR/.stderr" || status=$?
	# shellcheck disable=SC2034
	stdout=$(tr -d '\0' <"$BATS_TEST_TMPDIR/.stdout")
	stderr=$(cat "$BATS_TEST_TMPDIR/.stderr")
	if [[ $status != "$want" || ! $stderr =~ $regex ]]; then
		printf 'command: %s\nstatus %s, expected %s\nstderr: %s\nexpected to match: %s\n' "$*" "$status" "$want" "$stderr" "$regex"
		return 1
	fi
}

# same TEXT COMMAND...: the command succeeds and its stdout is TEXT (printf's %b escapes; a final newline is added).
same()
{
	local want=$1 status=0
	shift
	"$@" >"$BATS_TEST_TMPDIR/.stdout" || status=$?
	if ! printf '%b\n' "$want" | cmp -s - "$BATS_TEST_TMPDIR/.stdout" || [[ $status != 0 ]]; then
		printf 'command: %s\nstatus %s\n' "$*" "$status"
		printf '%b\n' "$want" | diff -u --label expected --label actual - "$BATS_TEST_TMPDIR/.stdout" || true
		return 1
	fi
}

# The real UCI set, for tests that want it: `real_set` skips the test where NETSEC_PHISHING_CSV does not name it.
real_set()
{
	[[ -r ${NETSEC_PHISHING_CSV:-} ]] || skip "NETSEC_PHISHING_CSV does not name the real set (scripts/fetch-data fetches it)"
}

# A Python with these modules in $PYTHON, or the test is skipped: `python_with pyarrow polars`.
python_with()
{
	local imports
	imports=$(printf 'import %s;' "$@")
	for PYTHON in ${NETSEC_PYTHON:+"$NETSEC_PYTHON"} "$ROOT/build/peer-venv/bin/python" /usr/bin/python3; do
		"$PYTHON" -c "$imports" 2>/dev/null && return
	done
	skip "no Python with $*"
}
