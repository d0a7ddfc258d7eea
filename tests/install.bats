#!/usr/bin/env bats
# make install: what it puts where, and that it works from there.
load helper

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	make -s -C "$ROOT" BUILD="$(basename "$NS_BUILD")" install DESTDIR="$PWD/stage" PREFIX=/opt/net >make.log 2>&1 || {
		cat make.log
		return 1
	}
	at=$PWD/stage/opt/net
}

@test "install: tools, pages, pipeline, schemas and completions are there, and uninstall takes them away" {
	for tool in "$NS_BUILD"/ns-*; do
		cmp "$tool" "$at/bin/$(basename "$tool")"
		[[ -e $at/share/bash-completion/completions/$(basename "$tool") ]]
	done
	for page in "$ROOT"/man/*.1; do cmp "$page" "$at/share/man/man1/$(basename "$page")"; done
	cmp "$ROOT/pipeline.mk" "$at/share/netsec/pipeline.mk"
	cmp "$ROOT/schema/phishing.yaml" "$at/share/netsec/schema/phishing.yaml"
	make -s -C "$ROOT" BUILD="$(basename "$NS_BUILD")" uninstall DESTDIR="$PWD/stage" PREFIX=/opt/net
	[[ -z $(find stage ! -type d) ]]
}

@test "install: a completed option of an installed tool" {
	PATH=$at/bin:$PATH run bash -c '
		source "$1/share/bash-completion/completions/ns-convert"
		complete -p ns-convert
		COMP_WORDS=(ns-convert --output-f) COMP_CWORD=1
		_netsec ns-convert
		printf "%s\n" "${COMPREPLY[@]}"' - "$at"
	[[ ${lines[0]} == *_netsec* && ${lines[1]} == --output-format ]]
}

# bats test_tags=slow
@test "install: the pipeline trains from another folder, on a file whose name has blanks" {
	mkdir "work here"
	cd "work here"
	head -n 401 "$DATA/phishing-sample.csv" >"my data.csv"
	PATH=$at/bin:$PATH make -s -f "$at/share/netsec/pipeline.mk" model DATA="my data.csv" TARGET=Result \
		SCHEMA="$at/share/netsec/schema/phishing.yaml" FAMILIES=decision-tree OUT=out
	"$at/bin/ns-predict" --only out/pipeline.ns "my data.csv" | grep -c '^prediction,'
}
