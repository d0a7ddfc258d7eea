#!/usr/bin/env bats
# What README.md shows is what really comes: every command of its console blocks is run, in order, in one folder.
load helper

# console FILE: runs the blocks between ```console and ```. A line "$ COMMAND" is run by bash (lines "> ..." continue it); the lines
# behind it are what must come on stdout and stderr, where a line "..." stands for any number of lines.
console()
{
	local line command='' expected='' inside='' number=0 begun=0
	while IFS= read -r line; do
		number=$((number + 1))
		case $inside:$line in
		:'```console') inside=1 ;;
		1:'```' | 1:'$ '*)
			[[ -z $command ]] || run_shown "$begun" "$command" "$expected" || return 1
			command='' expected='' begun=$number
			[[ $line == '```' ]] && inside='' || command=${line#'$ '}
			;;
		1:'> '*) command+=$'\n'${line#'> '} ;;
		1:*) expected+=$line$'\n' ;;
		esac
	done <"$1"
}

run_shown()
{
	local status=0
	bash -o pipefail -c "$2" >actual 2>&1 </dev/null || status=$?
	printf '%s' "$3" >expected
	awk '
		NR == FNR { want[++wants] = $0; next }
		{ got[++gots] = $0 }
		function match_from(w, g,    skip) {
			for (; w <= wants && want[w] != "..."; w++)
				if (g > gots || want[w] != got[g++]) return 0
			if (w > wants) return g > gots
			for (skip = g; skip <= gots + 1; skip++)
				if (match_from(w + 1, skip)) return 1
			return 0
		}
		END { exit !match_from(1, 1) }' expected actual || {
		printf 'README.md:%s: %s\nexit %s; shown:\n%s\nreally:\n' "$1" "$2" "$status" "$3"
		cat actual
		return 1
	}
}

@test "README.md: every command gives what is shown" {
	for part in lib tools scripts schema man tests pipeline.mk Makefile README.md; do
		ln -s "$ROOT/$part" .
	done
	mkdir build
	ln -s "$NS_BUILD" build/release
	console README.md
}
