#!/usr/bin/env bats
# What every tool promises, whatever it does. Each test goes over all tools that were built.
load helper
load contract

setup_file()
{
	contract_files
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	mapfile -t TOOLS < <(find "$NS_BUILD" -maxdepth 1 -name 'ns-*' -executable -printf '%f\n' | sort)
	((${#TOOLS[@]} > 0))
}

# every FUNCTION: runs it with each tool's name, its call in $call and $input; all that fail are named.
every()
{
	local tool bad=
	for tool in "${TOOLS[@]}"; do
		call "$tool" && "$1" "$tool" || bad+=" $tool"
	done
	[[ -z $bad ]] || {
		echo "failed:$bad"
		return 1
	}
}

# The long options of a text that lists them as --help and manuals do: "  -t, --target NAME".
long_options()
{
	grep -oE '^ +(-[A-Za-z], )?--[a-z][a-z0-9-]*' | grep -oE -- '--[a-z0-9-]+' | sort -u
}

@test "every tool works as its row in contract.bash calls it, and says nothing under --quiet" {
	works()
	{
		"${call[@]}" <"$input" >out && [[ -s out ]] && fails 0 '^$' "${call[@]}" -q <"$input"
	}
	every works
}

@test "--help goes to stdout with status 0 and names every option" {
	helps()
	{
		fails 0 '^$' "$1" --help && [[ $stdout == *"$1"* ]] || return 1
		diff <("$1" --complete | grep -E '^--' | sort -u) <(long_options <<<"$stdout") && cmp <("$1" -h) <("$1" --help)
	}
	every helps
}

@test "--version goes to stdout with status 0" {
	version=$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")
	versions()
	{
		same "$1 (netsec) $version" "$1" --version && same "$1 (netsec) $version" "$1" -V
	}
	every versions
}

@test "an unknown option is exit 2 and names the one that may have been meant" {
	unknown()
	{
		fails 2 "^$1: unknown option '--hlep' \(did you mean '--help'\?\)$" "${call[@]}" --hlep <"$input"
	}
	every unknown
}

@test "a file that is not there is exit 2 and is named" {
	missing()
	{
		fails 2 "^$1: no-such\.csv: No such file or directory$" "${files[@]}" no-such.csv
	}
	every missing
}

@test "a folder in place of a file is exit 2 and is named" {
	mkdir folder
	folder()
	{
		fails 2 "^$1: folder: Is a directory$" "${files[@]}" folder
	}
	every folder
}

@test "empty input is exit 1" {
	empty()
	{
		fails 1 "^$1: stdin: " "${call[@]}" </dev/null
	}
	every empty
}

@test "a ragged row is exit 1 and its line is named" {
	ragged()
	{
		sed '3s/$/,surplus/' "$input" >ragged.csv
		fails 1 "^$1: stdin:3: " "${call[@]}" <ragged.csv || return 1
		sed '4s/.*/;/' "$input" >stray.csv
		fails 1 "^$1: stdin:4: " "${call[@]}" <stray.csv
	}
	every ragged
}

@test "a NUL byte and a quote that never closes are exit 1 and their line is named" {
	broken()
	{
		sed '3s/./\x00/' "$input" >nul.csv
		fails 1 "^$1: stdin:3: " "${call[@]}" <nul.csv || return 1
		sed '3s/^/"/' "$input" >quote.csv
		fails 1 "^$1: stdin:3: " "${call[@]}" <quote.csv
	}
	every broken
}

@test "a tool that fails late in CSV leaves what no reader takes for a whole table" {
	late()
	{
		{
			cat "$input"
			for _ in {1..60}; do tail -n +2 "$input"; done
			echo 'one cell'
		} >late.csv
		fails 1 "^$1: stdin:[0-9]+: " "${call[@]}" <late.csv || return 1
		mv .stdout late.out
		[[ ! -s late.out ]] || fails 1 'ns-convert: .*a quote opens here' ns-convert <late.out
	}
	every late
}

@test "a truncated Arrow stream is exit 1, wherever it was cut" {
	truncated()
	{
		ns-convert -O arrow <"$input" >whole.arrow
		local size
		size=$(stat -c %s whole.arrow)
		for cut in 4 8 9 100 $((size / 2)) $((size - 12)); do
			head -c -"$cut" whole.arrow >cut.arrow
			fails 1 "^$1: stdin: " "${call[@]}" <cut.arrow || { echo "$cut bytes cut off"; return 1; }
		done
	}
	every truncated
}

@test "a full disk is exit 2" {
	full()
	{
		local status=0
		"${call[@]}" -q <"$input" 2>.err >/dev/full || status=$?
		[[ $status == 2 && $(<.err) == "$1: stdout: cannot write: No space left on device" ]] || { echo "status $status: $(<.err)"; return 1; }
	}
	every full
}

@test "a closed stdout is exit 2" {
	closed()
	{
		local status=0
		"${call[@]}" <"$input" 2>.err >&- || status=$?
		[[ $status == 2 && $(<.err) == "$1: "* ]] || { echo "status $status: $(<.err)"; return 1; }
	}
	every closed
}

@test "a reader that went away ends the tool by SIGPIPE, silently" {
	dead()
	{
		local status
		# The reader is gone before the tool begins: the FIFO's other end is opened and closed first.
		mkfifo "pipe.$1"
		{
			read -r _ <go."$1".fifo
			exec "${call[@]}" -q <"$input" 2>"$1.err"
		} >"pipe.$1" &
		exec {reader}<"pipe.$1"
		exec {reader}<&-
		echo go >go."$1".fifo
		status=0
		wait $! || status=$?
		[[ $status == 141 && ! -s $1.err ]] || { echo "status $status: $(<"$1.err")"; return 1; }
	}
	for tool in "${TOOLS[@]}"; do mkfifo "go.$tool.fifo"; done
	every dead
}

@test "with a terminal on stdin and no file a tool shows its usage, exit 2" {
	command -v script >/dev/null || skip "no script(1)"
	terminal()
	{
		local status=0
		timeout 10 script -qec "${files[*]@Q} >out 2>&1" /dev/null </dev/null >/dev/null || status=$?
		[[ $status == 2 ]] && grep -qi "usage: *$1" out || { echo "status $status: $(cat out)"; return 1; }
	}
	every terminal
}

@test "CSV and Arrow give the same answer" {
	formats()
	{
		"${call[@]}" <"$input" | ns-convert -O csv >from-csv || return 1
		ns-convert -O arrow <"$input" | "${call[@]}" | ns-convert -O csv >from-arrow || return 1
		cmp from-csv from-arrow
	}
	every formats
}

@test "a compressed input gives the same answer" {
	compressed()
	{
		"${call[@]}" <"$input" >plain
		gzip <"$input" | "${call[@]}" | cmp - plain && zstd -q <"$input" | "${call[@]}" | cmp - plain
	}
	every compressed
}

@test "twice gives the same bytes, in another folder and another locale too" {
	twice()
	{
		"${call[@]}" <"$input" >once
		mkdir -p elsewhere
		(cd elsewhere && LC_ALL=C.UTF-8 TZ=Asia/Tokyo "${call[@]}" <"$input") | cmp - once
	}
	every twice
}

@test "any number of threads gives the same bytes" {
	tried=0
	threads()
	{
		grep -qx -- --threads <<<"$("$1" --complete)" || return 0
		tried=$((tried + 1))
		"${call[@]}" -j 1 <"$input" >one
		for j in 2 3 8; do
			"${call[@]}" -j $j <"$input" | cmp - one || return 1
		done
	}
	every threads
	((tried > 0))
}

@test "the build by clang gives the same bytes" {
	[[ -x $ROOT/build/clang/ns-convert && $NS_BUILD != "$ROOT/build/clang" ]] || skip "not built by clang"
	compilers()
	{
		"${call[@]}" <"$input" >gcc
		PATH="$ROOT/build/clang:$PATH" "${call[@]}" <"$input" | cmp - gcc
	}
	every compilers
}
