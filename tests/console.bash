# What manuals show is what really comes: `load console` for tests of documents.
#
#	console FILE   runs the blocks of a file between ```console and ```, in order, in one shell. A line "$ COMMAND" is run (lines
#	               "> ..." continue it); the lines behind it are what must come on stdout and stderr, where a line "..." stands
#	               for any number of lines. What stands between "```file NAME" and ``` becomes that file when its turn comes.
# shellcheck shell=bash

console()
{
	local line='' inside='' number=0 k=0 document=$1
	local begun=() commands=()
	rm -rf .console
	mkdir .console
	echo 'set -o pipefail' >.console/script
	while IFS= read -r line; do
		number=$((number + 1))
		case $inside:$line in
		:'```console' | :'```file '*)
			inside=${line#'```'}
			[[ $inside == console ]] || printf 'cat >%s <<"END OF FILE"\n' "${inside#file }" >>.console/script
			;;
		:*) ;;
		console:'```') inside='' ;;
		console:'$ '*)
			k=$((k + 1)) begun[k]=$number commands[k]=${line#'$ '}
			printf '' >.console/expected.$k
			printf '{\n. .console/command.%d\n} >.console/actual.%d 2>&1 </dev/null; echo $? >.console/status.%d\n' $k $k $k >>.console/script
			;;
		console:'> '*) commands[k]+=$'\n'${line#'> '} ;;
		console:*) printf '%s\n' "$line" >>.console/expected.$k ;;
		*:'```')
			echo 'END OF FILE' >>.console/script
			inside=''
			;;
		*) printf '%s\n' "$line" >>.console/script ;;
		esac
	done <"$document"
	((k > 0)) || return 1
	for ((number = 1; number <= k; number++)); do
		printf '%s\n' "${commands[number]}" >.console/command.$number
	done
	bash .console/script
	for ((number = 1; number <= k; number++)); do
		as_shown .console/expected.$number .console/actual.$number || {
			printf '%s:%s: %s\nexit %s; shown:\n' "${document##*/}" "${begun[number]}" "${commands[number]}" "$(cat .console/status.$number)"
			cat .console/expected.$number
			echo really:
			cat .console/actual.$number
			return 1
		}
	done
}

as_shown()
{
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
		END { exit !match_from(1, 1) }' "$1" "$2"
}
