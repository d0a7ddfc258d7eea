#!/usr/bin/env bats
# Manual pages, the tools' own --help and the tests say the same.
load helper

setup()
{
	cd "$ROOT" || return 1
	mapfile -t TOOLS < <(find "$NS_BUILD" -maxdepth 1 -name 'ns-*' -executable -printf '%f\n' | sort)
	((${#TOOLS[@]} > 0))
}

every()
{
	local tool bad=
	for tool in "${TOOLS[@]}"; do
		"$1" "$tool" || bad+=" $tool"
	done
	[[ -z $bad ]] || {
		echo "failed:$bad"
		return 1
	}
}

# The page as plain text, one paragraph or item a line. (Readers of what these functions write read all of it: one that
# stopped early would end them by SIGPIPE, which pipefail counts as a failure.)
page()
{
	mandoc -Tascii -O width=1000 "man/$1.1" | sed 's/.\x08//g'
}

# The long options of a text that lists them as --help and manuals do: "  -t, --target NAME". Examples stand deeper.
long_options()
{
	grep -oE '^ {2,6}(-[A-Za-z], )?--[a-z][a-z0-9-]*' | grep -oE -- '--[a-z0-9-]+' | sort -u
}

# The page's first example: the first line under EXAMPLES that is set deeper than text.
first_example()
{
	page "$1" | awk '/^[A-Z]/ { inside = $0 == "EXAMPLES" } inside && !found && /^       *[^ ]/ { sub(/^ +([$] )?/, ""); print; found = 1 }'
}

@test "every tool has its page, and mandoc has nothing to say about any page" {
	has_page()
	{
		[[ -f man/$1.1 ]]
	}
	every has_page
	mandoc -Tlint -W warning man/*
}

@test "every page has a tool" {
	for page in man/ns-*.1; do
		[[ -x $NS_BUILD/$(basename "$page" .1) ]]
	done
}

@test "a page has the sections of its kind, MEMORY among them" {
	sections()
	{
		local section text
		text=$(page "$1")
		for section in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' MEMORY EXAMPLES 'SEE ALSO'; do
			grep -qx "$section" <<<"$text" || { echo "$1: no $section"; return 1; }
		done
	}
	every sections
}

@test "a page lists exactly the options of --help" {
	options()
	{
		diff --label "--help" --label "$1.1" <("$1" --help | long_options) <(page "$1" | long_options)
	}
	every options
}

# "learner" and "learner parameter=default" of ns-fit --list, and of ns-learners(7): its headings and the items under them.
listed()
{
	ns-fit --list | sed -nE 's/^([a-z-]+): .*/\1/p; t; s/^  ([A-Za-z_0-9]+) .*; default (.*)\)$/ \1=\2/p' |
		awk '/^ / { print learner $0; next } { print learner = $0 }' | sort
}

described()
{
	mandoc -Tascii -O width=1000 man/ns-learners.7 | sed 's/.\x08//g' | awk '
		/^[A-Z]/ { inside = $0 == "LEARNERS" }
		inside && /^   [a-z]/ { print learner = $1 }
		inside && /^     [A-Za-z_0-9]+=[^ ]+/ { print learner, $1 }' | sort
}

@test "ns-learners.7 describes every learner with all its parameters and their defaults, and no others; ns-fit.1 names them" {
	[[ -n $(listed) ]]
	diff --label "ns-fit --list" --label ns-learners.7 <(listed) <(described)
	for learner in $(listed | grep -v ' '); do
		grep -qE "^ +$learner( |$)" <<<"$(page ns-fit)" || { echo "ns-fit.1: no $learner"; return 1; }
	done
}

@test "a page's NAME says what --help says" {
	names()
	{
		local about
		about=$(page "$1" | awk '/^NAME/ { getline; sub(/^ *[^ ]+ +(-|--) +/, ""); print }')
		grep -qF -- "$about" <<<"$("$1" --help)" || { echo "$1: $about"; return 1; }
	}
	every names
}

@test "the first example of a page stands in --help and is the first test, verbatim" {
	examples()
	{
		local example
		example=$(first_example "$1")
		[[ -n $example ]] || { echo "$1: no example"; return 1; }
		grep -qF -- "$example" <<<"$("$1" --help)" || { echo "$1: not in --help: $example"; return 1; }
		grep -qF -- "$example" <<<"$(awk '/^@test/ { tests++ } tests == 1 { print }' "tests/$1.bats")" ||
			{ echo "$1: not in the first test of tests/$1.bats: $example"; return 1; }
	}
	every examples
}
