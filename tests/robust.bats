#!/usr/bin/env bats
# What people and machines do to pipelines: full disks, dead producers, odd names, damaged bytes, live logs. contract.bats has what every
# tool promises; this is what several of them promise together.
load helper

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	cat >train.csv <<-'END'
		city,age,size,y
		a,1,0.5,1
		b,2,1.5,0
		a,3,,1
		b,,4,0
		c,5,8,1
		a,6,9,0
	END
	ns-impute -t y -w impute.ns <train.csv >1.csv
	ns-encode -t y -c city --unknown ignore --after impute.ns -w encode.ns <1.csv >2.csv
	ns-scale -t y -c age,size --after impute.ns --after encode.ns -w scale.ns <2.csv >3.csv
	ns-fit decision-tree -t y --positive 1 --after impute.ns --after encode.ns --after scale.ns <3.csv >tree.ns
}

setup()
{
	cd "$BATS_FILE_TMPDIR" || return 1
}

# The pipeline tool by tool: steps FORMAT, for the middle.
steps()
{
	if [[ $1 == csv ]]; then
		ns-impute -m impute.ns | ns-encode -m encode.ns --after impute.ns | ns-scale -m scale.ns --after impute.ns --after encode.ns |
			ns-predict tree.ns --after impute.ns --after encode.ns --after scale.ns
	else
		ns-impute -m impute.ns -O arrow | ns-encode -m encode.ns | ns-scale -m scale.ns | ns-predict tree.ns -O csv
	fi
}

@test "tool by tool, in CSV and in Arrow, and as a bundle: the same predictions" {
	steps csv <train.csv | ns-convert -c 'prediction,probability_*' >by-csv
	steps arrow <train.csv | ns-convert -c 'prediction,probability_*' >by-arrow
	cat impute.ns encode.ns scale.ns tree.ns >pipeline.ns
	ns-predict --only pipeline.ns <train.csv >by-bundle
	cmp by-csv by-arrow
	cmp by-csv by-bundle
	[[ $(wc -l <by-csv) == 7 ]]
}

@test "a log line by line: each is answered before the next is written, a repeated header is skipped and counted" {
	mkfifo log answers
	steps csv <log >answers 2>notes &
	exec {log}>log {answers}<answers
	printf 'city,age,size,y\na,1,2,1\n' >&"$log"
	read -r -t 20 header <&"$answers"
	[[ $header == city_a,city_b,city_c,age,size,y,prediction,* ]]
	read -r -t 20 line <&"$answers"
	[[ $line == 1,0,0,* ]]
	printf 'b,,3,0\n' >&"$log"
	read -r -t 20 line <&"$answers"
	[[ $line == 0,1,0,* ]]
	printf 'city,age,size,y\nnowhere,4,,\n' >&"$log"
	read -r -t 20 line <&"$answers"
	[[ $line == 0,0,0,* ]]
	exec {log}>&-
	wait $!
	exec {answers}<&-
	[[ $(<notes) == 'ns-impute: stdin: skipped 1 line equal to the header' ]]
}

@test "a reader that has seen enough ends all of them, silently" {
	{
		cat train.csv
		for _ in {1..13}; do
			[[ -e body ]] || tail -n +2 train.csv >body
			cat body body >twice
			mv twice body
		done
		cat body
	} >long.csv
	for format in csv arrow; do
		statuses=$(set +o pipefail; { ns-impute -m impute.ns -O $format <long.csv | ns-encode -m encode.ns --after impute.ns |
			head -n 1 >/dev/null; echo "${PIPESTATUS[*]}"; } 2>notes)
		[[ $statuses == '141 141 0' && ! -s notes ]] || { echo "$format: $statuses $(<notes)"; return 1; }
	done
}

@test "a producer that was killed fails the last tool of a chain, with Arrow between" {
	mkfifo killed
	{ ns-impute -m impute.ns -O arrow --number y <killed & echo $! >victim; wait; } 2>/dev/null |
		ns-encode -m encode.ns 2>why | ns-convert -O csv >last 2>why-last &
	exec {killed}>killed
	printf 'city,age,size,y\na,1,2,1\n' >&"$killed"
	for _ in {1..100}; do
		[[ -s victim ]] && break
		sleep 0.1
	done
	sleep 0.3
	kill -9 "$(<victim)"
	status=0
	wait $! || status=$?
	exec {killed}>&-
	[[ $status == 1 && $(<why) == 'ns-encode: stdin: '* && $(<why-last) == 'ns-convert: stdin: '* && ! -s last ]]
}

@test "what is read cannot be what is written: it would never end, or be gone" {
	cp train.csv grow.csv
	status=0
	# shellcheck disable=SC2094
	ns-convert grow.csv >>grow.csv 2>why || status=$?
	[[ $status == 2 && $(<why) == 'ns-convert: grow.csv: cannot be input and output at once: write to another file' ]]
	# shellcheck disable=SC2094
	ns-scale -t y -w /dev/null <grow.csv 2>why >>grow.csv || status=$?
	[[ $status == 2 && $(<why) == 'ns-scale: stdin: cannot be input and output at once: write to another file' ]]
	cmp train.csv grow.csv
}

@test "stdin is one input only" {
	fails 2 '^ns-scale: stages and table cannot both come from stdin: name a file$' ns-scale -m - <scale.ns
	fails 2 '^ns-scale: stages and table cannot both come from stdin: name a file$' ns-scale -m - --after - 2.csv <scale.ns
	fails 2 '^ns-convert: stdin is named 2 times, it can be read once$' ns-convert - - <train.csv
	ns-impute -m - train.csv <impute.ns | cmp - 1.csv
}

@test "one name for two outputs is refused" {
	echo surplus,1,2,3,4 | cat train.csv - >ragged.csv
	fails 2 '^ns-split: half\.csv: cannot be two outputs at once: give them different names$' \
		ns-split --test 0.5 --rest half.csv --on-error skip --rejects ./half.csv ragged.csv
	[[ ! -e half.csv ]]
}

@test "where a second output fails, the first cannot pass for the whole" {
	echo surplus,1,2,3,4 | cat train.csv - >ragged.csv
	fails 2 'ns-convert: /dev/full: cannot write: No space left on device' ns-convert --on-error skip --rejects /dev/full ragged.csv
	cp "$BATS_TEST_TMPDIR/.stdout" cut.csv
	fails 1 '^ns-convert: cut\.csv:[0-9]+: byte 1: a quote opens here and never closes' ns-convert cut.csv
	fails 2 'ns-split: /dev/full: cannot write: No space left on device' ns-split -q --test 0.5 --rest /dev/full train.csv
	cp "$BATS_TEST_TMPDIR/.stdout" cut.csv
	fails 1 'a quote opens here and never closes' ns-convert cut.csv
}

@test "a limit on the size of files is a failed write, and leaves nothing behind" {
	[[ -e long.csv ]] || for _ in {1..9000}; do cat train.csv; done >long.csv
	mkdir -p limited
	fails 2 '^ns-split: .*: cannot write: File too large$' bash -c 'ulimit -f 16; exec ns-split -q --test 0.5 --rest limited/rest.csv long.csv'
	[[ -z $(ls -A limited) ]]
}

@test "names of all kinds survive every tool" {
	printf '%s\n' ' lead,trail ,,"com,ma","qu""ote","new\nline",tab\there,ünï,x,x,y' 1,2,3,4,5,6,7,8,9,10,1 1,1,4,5,6,7,9,3,4,5,0 3,4,5,6,7,8,1,2,3,5,1 |
		sed 's/\\n/\n/; s/\\t/\t/' >odd.csv
	ns-convert -q odd.csv >clean.csv
	names=$'lead,trail,column_3,"com,ma","qu""ote","new\nline",tab\there,ünï,x,x.1,y'
	[[ $(head -n 2 clean.csv) == "$names" ]]
	ns-impute -q -t y -w names.ns <odd.csv | cmp - clean.csv
	ns-scale -q -t y -w scale-names.ns --after names.ns <clean.csv >scaled.csv
	cat names.ns scale-names.ns >bundle.ns
	ns-fit decision-tree -t y --positive 1 -m bundle.ns clean.csv >model.ns
	ns-predict model.ns clean.csv >predicted.csv
	[[ $(head -n 2 predicted.csv) == "$names,prediction,probability_0,probability_1" ]]
	fails 1 "there is a column 'prediction' already \(--prefix gives the new ones other names\)$" ns-predict model.ns predicted.csv
	ns-predict --prefix again_ model.ns predicted.csv | ns-convert -c again_prediction | diff - <(ns-convert -c prediction predicted.csv | sed s/^p/again_p/)
}

@test "no byte of a stage can be changed or left out" {
	size=$(stat -c %s scale.ns)
	for ((at = 5; at < size; at += 97)); do
		head -c $at scale.ns >cut.ns
		fails 1 '^ns-scale: cut\.ns: ' ns-scale -m cut.ns --after impute.ns --after encode.ns 2.csv
		{
			head -c $((at - 1)) scale.ns
			head -c $at scale.ns | tail -c 1 | tr '\000-\377' '\001-\377\000'
			tail -c +$((at + 1)) scale.ns
		} >changed.ns
		fails 1 '^ns-scale: changed\.ns: ' ns-scale -m changed.ns --after impute.ns --after encode.ns 2.csv
	done
}

# bats test_tags=slow
@test "ten thousand columns go through every stage" {
	awk 'BEGIN {
		for (row = 0; row <= 20; row++) {
			for (i = 0; i < 10000; i++) printf "%s,", row ? (i * row) % 23 : "c" i
			print row ? row % 2 : "y"
		}
	}' >wide.csv
	ns-impute -t y -w wide-impute.ns wide.csv | cmp - wide.csv
	ns-scale -t y -m wide-impute.ns -w wide-scale.ns wide.csv >/dev/null
	cat wide-impute.ns wide-scale.ns >wide-prepare.ns
	ns-fit decision-tree -t y --positive 1 -m wide-prepare.ns wide.csv >wide.ns
	ns-predict --only wide.ns wide.csv | ns-convert -c prediction | cmp - <(ns-convert -c y wide.csv | sed 's/^y$/prediction/')
}
