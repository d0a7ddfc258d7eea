#!/usr/bin/env bats
# The rules of the source, as far as a script can see them.
load helper

setup()
{
	cd "$ROOT" || return 1
	shopt -s nullglob
	mapfile -t C_FILES < <(find lib tests tools -name '*.[ch]' | sort)
}

# none COMMAND...: succeeds where the command prints nothing, and shows what it printed otherwise.
none()
{
	local found
	found=$("$@" 2>&1 || true)
	[[ -z $found ]] || {
		printf '%s\n' "$found"
		return 1
	}
}

@test "shell: shellcheck has nothing to say" {
	mapfile -t scripts < <(grep -rlE '^#!/bin/(ba)?sh|^#!/usr/bin/env bats' scripts tests .ci; ls tests/*.bash)
	shellcheck -x "${scripts[@]}"
}

@test "layers: an include points to its own layer or an earlier one" {
	none awk -F '[/"]' '
		BEGIN { split("base table stat near model stage learn net", order, " "); for (i in order) rank[order[i]] = i }
		/^#include "/ {
			split(FILENAME, path, "/")
			if (!($2 in rank))
				print FILENAME ":" FNR ": " $0 ": not a layer"
			else if (rank[$2] > rank[path[2]])
				print FILENAME ":" FNR ": " path[2] " includes " $2 ", a later layer"
		}' lib/*/*.[ch]
}

@test "layers: learners and models never see files" {
	none awk '$1 == "U" && $2 ~ /^(ns_(file|reader|writer)_|f?open|openat|f?read|f?write|f?printf|f?puts|fputc|putchar|_exit|exit$)/' \
		< <(nm -u "$NS_BUILD"/{learn,model}.a)
}

@test "size: no function is longer than 60 lines, and the middle one has at most 15" {
	awk '
		FNR == 1 { begun = 0 }
		/^{$/ { begun = FNR }
		/^}$/ && begun {
			size = FNR - begun - 1
			count[size]++; total++; begun = 0
			if (size > 60) { print FILENAME ":" FNR ": a function of " size " lines"; bad = 1 }
		}
		END {
			for (size = 0; seen * 2 < total; size++) seen += count[size]
			if (size - 1 > 15) { print "median " size - 1; bad = 1 }
			exit bad
		}' "${C_FILES[@]}"
}

@test "size: no tool is longer than 150 lines, no module longer than 500, no main longer than 40" {
	none awk '
		function check() { if (lines > limit) print file ": " lines " lines" }
		FNR == 1 { check(); file = FILENAME; limit = file ~ /^tools/ ? 150 : 500 }
		{ lines = FNR }
		/^int main\(/ { begun = FNR }
		/^}$/ && begun { if (FNR - begun - 2 > 40) print FILENAME ": main has " FNR - begun - 2 " lines"; begun = 0 }
		END { check() }' lib/*/*.c tools/*.c
}

@test "words: no banned function, no VLA-like alloca, no typedef of a struct" {
	none grep -nwE '(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|atof|rand|srand|random|drand48|setlocale|strtok|alloca|strncpy) ?\(' lib/*/*.[ch] tools/*.[ch] tests/{lib,learn,fuzz}/*.[ch]
	none grep -nE '^[[:space:]]*typedef +(struct|union|enum)' "${C_FILES[@]}"
}

@test "words: tools leave freeing, exiting, option parsing and errno's texts to the library" {
	none grep -nwE '(free|exit|_exit|abort|getopt|getopt_long|strerror|perror) ?\(' tools/*.c
}

@test "words: nothing is left for later" {
	none grep -nwE 'TODO|FIXME|XXX|HACK' "${C_FILES[@]}" scripts/* Makefile
}

@test "names: every public function and variable begins with ns_" {
	mapfile -t archives < <(ls "$NS_BUILD"/*.a)
	none awk '$2 ~ /^[TDBRCG]$/ && $3 !~ /^(ns_|\.|__|_?asan|_?ubsan)/' < <(nm -g --defined-only "${archives[@]}" 2>/dev/null | awk 'NF == 3')
}

@test "tools: ns-predict carries no learner" {
	[[ -x $NS_BUILD/ns-predict ]] || skip "not built"
	none awk '$3 ~ /^ns_learn/' < <(nm "$NS_BUILD/ns-predict")
}

@test "layers: libmongoc is lib/net's alone, and only tools that read or write collections load it" {
	none grep -lE '#include <(mongoc|bson)' lib/{base,table,stat,near,model,stage,learn}/* lib/net/*.h tools/*
	for tool in "$NS_BUILD"/ns-*; do
		case ${tool##*/} in
		ns-export | ns-import) ;;
		*.*) ;;
		*) none grep mongoc < <(ldd "$tool") ;;
		esac
	done
}
