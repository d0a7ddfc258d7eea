#!/usr/bin/env bats
# What README.md shows is what really comes: every command of its console blocks is run, in order, in one folder.
load helper
load console

@test "README.md: every command gives what is shown" {
	for part in lib tools scripts schema man tests pipeline.mk Makefile README.md; do
		ln -s "$ROOT/$part" .
	done
	mkdir build
	ln -s "$NS_BUILD" build/release
	console README.md
}
