#!/usr/bin/env bats
# ns-split: disjoint, complete, the same rows whatever the format or the order.
load helper

sample=$DATA/phishing-sample.csv

rows()
{
	tail -n +2 "$1" | sort
}

@test "ns-split --test 0.2 -t Result --rest train.csv < all.csv > test.csv" {
	cp "$sample" all.csv
	ns-split --test 0.2 -t Result --rest train.csv < all.csv > test.csv
	[[ $(head -n 1 test.csv) == "$(head -n 1 all.csv)" && $(head -n 1 train.csv) == "$(head -n 1 all.csv)" ]]
	diff <(rows all.csv) <(cat <(rows test.csv) <(rows train.csv) | sort)
	count=$(($(wc -l <test.csv) - 1))
	((count > 340 && count < 460))
}

@test "the counts are said on stderr, and --quiet says nothing" {
	fails 0 '^ns-split: [0-9]+ rows here, [0-9]+ in the rest$' ns-split --test 0.2 "$sample"
	fails 0 '^$' ns-split -q --test 0.2 "$sample"
}

@test "the same rows from CSV and from Arrow, in any order" {
	ns-split -q --test 0.3 -t Result "$sample" >csv
	ns-convert -O arrow "$sample" | ns-split -q --test 0.3 -t Result | ns-convert >from-arrow.csv
	cmp csv from-arrow.csv
	(head -n 1 "$sample"; tail -n +2 "$sample" | tac) >backwards.csv
	ns-split -q --test 0.3 -t Result backwards.csv >back
	diff <(rows csv) <(rows back)
	sed '2,$s/\b1\b/1.0/g' "$sample" >points.csv
	ns-split -q --test 0.3 -t Result points.csv >points
	diff <(rows csv) <(rows points | sed 's/1\.0/1/g' | sort)
}

@test "the same rows whatever the order of columns" {
	ns-split -q --test 0.3 -t Result "$sample" >csv
	ns-convert -c 'Result,#20-30,*' "$sample" >mixed.csv
	ns-split -q --test 0.3 -t Result mixed.csv | ns-convert -c "$(head -n 1 csv)" | cmp csv
	ns-split -q --fold 1/2 --group-identical -t Result "$sample" >csv
	ns-split -q --fold 1/2 --group-identical -t Result mixed.csv | ns-convert -c "$(head -n 1 csv)" | cmp csv
}

@test "rows added later move no old one" {
	head -n 1001 "$sample" >half.csv
	ns-split -q --test 0.3 -t Result half.csv >before
	ns-split -q --test 0.3 -t Result "$sample" | head -n "$(wc -l <before)" >after
	cmp before after
}

@test "folds are disjoint and complete, and those of a test split's rest are even" {
	ns-split -q --test 0.2 -t Result --rest train.csv "$sample" >test.csv
	for k in 1 2 3; do
		ns-split -q --fold $k/3 -t Result --rest part-$k.csv train.csv >held-$k.csv
		diff <(rows train.csv) <(cat <(rows held-$k.csv) <(rows part-$k.csv) | sort)
		count=$(wc -l <held-$k.csv)
		((count > 440 && count < 630))
	done
	diff <(rows train.csv) <(cat <(rows held-1.csv) <(rows held-2.csv) <(rows held-3.csv) | sort)
}

@test "--group-identical keeps equal features on one side, other labels or ids notwithstanding" {
	awk -F, 'BEGIN { print "id,a,b,y"; for (i = 0; i < 600; i++) print i "," i % 60 "," i % 7 % 2 "," i % 3 }' >all.csv
	ns-split -q --test 0.4 --group-identical -t y -x id --rest train.csv all.csv >test.csv
	[[ -z $(comm -12 <(rows test.csv | cut -d, -f2,3 | sort -u) <(rows train.csv | cut -d, -f2,3 | sort -u)) ]]
	[[ $(wc -l <test.csv) -gt 50 && $(wc -l <train.csv) -gt 50 ]]
}

@test "--group keeps equal values of a column on one side" {
	awk 'BEGIN { print "host,x"; for (i = 0; i < 500; i++) print "h" i % 50 "," i }' >all.csv
	ns-split -q --fold 1/2 --group host --rest rest.csv all.csv >part.csv
	[[ -z $(comm -12 <(rows part.csv | cut -d, -f1 | sort -u) <(rows rest.csv | cut -d, -f1 | sort -u)) ]]
	[[ $(wc -l <part.csv) -gt 100 && $(wc -l <rest.csv) -gt 100 ]]
}

@test "--time: the latest rows are the test part, equal times stay on the earlier side" {
	printf 'when,x\n2024-01-03,c\n2024-01-01,a\n2024-01-05,e\n2024-01-02,b\n2024-01-05,f\n' >text.csv
	same 'when,x\n2024-01-05,e\n2024-01-05,f' ns-split -q --test 0.4 --time when text.csv
	same 'when,x' ns-split -q --test 0.2 --time when text.csv
	printf 't,x\n30,c\n9,a\n100,e\n' >number.csv
	same 't,x\n100,e' ns-split -q --test 0.34 --time t number.csv
	same 't,x\n100,e' ns-split -q --test 0.34 --time t <number.csv
	same 't,x\n30,c\n9,a\n100,e' ns-split -q --test 1 --time t number.csv
}

@test "--as-schema: by the time column where there is one, else equal features stay together" {
	printf 'when,x\n2024-01-03,1\n2024-01-01,2\n2024-01-05,1\n2024-01-02,2\n2024-01-06,1\n' >all.csv
	printf 'columns:\n  when: {type: text, role: time}\n  x: {type: number}\n' >time.yaml
	printf 'columns:\n  when: {type: text, role: drop}\n  x: {type: number}\n' >none.yaml
	fails 0 "^ns-split: by time: column 'when'" ns-split --test 0.4 --as-schema -S time.yaml all.csv
	[[ $stdout == $'when,x\n2024-01-05,1\n2024-01-06,1' ]]
	ns-split -q --test 0.5 --as-schema -S none.yaml all.csv >as-schema.csv
	ns-split -q --test 0.5 --group-identical -S none.yaml all.csv >identical.csv
	cmp as-schema.csv identical.csv
	ns-split -q --fold 1/2 --as-schema -S time.yaml all.csv >as-schema.csv
	ns-split -q --fold 1/2 --group-identical -S time.yaml all.csv >identical.csv
	cmp as-schema.csv identical.csv
}

@test "a missing time is refused" {
	printf 't,x\n1,a\n,b\n' >all.csv
	fails 1 "^ns-split: all\.csv:3: column 't': the time is missing \(leave such rows out\)$" ns-split --test 0.5 --time t all.csv
}

@test "another seed draws other rows" {
	ns-split -q --test 0.3 -s 1 "$sample" >one
	ns-split -q --test 0.3 -s 2 "$sample" >two
	run cmp -s one two
	[[ $status == 1 ]]
}

@test "a call that does not say which part is refused" {
	fails 2 '^ns-split: --test F or --fold K/N says which part: give one$' ns-split "$sample"
	fails 2 'give one$' ns-split --test 0.1 --fold 1/2 "$sample"
	fails 2 "^ns-split: --fold: '3/2' is not K/N with 1 <= K <= N and N >= 2$" ns-split --fold 3/2 "$sample"
	fails 2 "^ns-split: --fold: 'x' is not K/N" ns-split --fold x "$sample"
	fails 2 '^ns-split: --group-identical, --group, --time and --as-schema exclude each other$' ns-split --test 0.1 --group a --time b "$sample"
	fails 2 '^ns-split: --time makes a test part \(--test F\), not folds$' ns-split --fold 1/2 --time t "$sample"
	fails 1 "no column 'Resul' \(did you mean 'Result'\?\)" ns-split --test 0.1 --group Resul "$sample"
}

@test "Arrow's own times are times, and the same rows as in CSV" {
	python_with pyarrow
	"$PYTHON" - <<-'END'
		import datetime
		import pyarrow
		days = [datetime.datetime(2024, 1, day) for day in (3, 1, 5, 2, 4)]
		table = pyarrow.table({"when": pyarrow.array(days, pyarrow.timestamp("us", "UTC")), "x": [3, 1, 5, 2, 4]})
		with pyarrow.ipc.new_stream("t.arrow", table.schema) as out:
		    out.write_table(table)
	END
	ns-convert t.arrow >t.csv
	same 'when,x\n2024-01-05T00:00:00Z,5\n2024-01-04T00:00:00Z,4' ns-split -q --test 0.4 --time when t.csv
	for how in '--time when' '--group when' '-s 3'; do
		# shellcheck disable=SC2086
		ns-split -q --test 0.4 $how -O csv t.arrow | cmp - <(ns-split -q --test 0.4 $how t.csv)
	done
}
