#!/usr/bin/env bats
# ns-smote: the table as it came, then synthetic rows that stand between neighbours of their class.
load helper

sample=$DATA/phishing-sample.csv

# A table of 20 good and 8 bad rows, with an id, a time and a text label.
small()
{
	awk 'BEGIN {
		print "id,a,when,b,kind"
		for (i = 1; i <= 28; i++)
			printf "%03d,%s,2024-05-%02d,%d,%s\n", i, i * i % 17 / 4, i, i % 3, i % 7 == 0 || i % 7 == 3 ? "bad" : "good"
	}'
}

@test "ns-smote -t Result -p k_neighbors=5 < train.csv > balanced.csv" {
	cp "$sample" train.csv
	ns-smote -t Result -p k_neighbors=5 < train.csv > balanced.csv
	cmp <(head -n 2001 balanced.csv) <(sed '1s/$/,ns:synthetic/; 2,$s/$/,0/' train.csv)
	[[ $(tail -n +2002 balanced.csv | cut -d, -f31- | sort | uniq -c) =~ ^\ *260\ -1,1$ ]]
}

@test "--round: codes stay codes" {
	ns-smote -q -t Result --round '*' "$sample" | tail -n +2002 | cut -d, -f1-30 >drawn
	[[ $(tr , '\n' <drawn | sort -u | tr '\n' ' ') == '-1 0 1 ' ]]
	ns-smote -q -t Result --round SFH,port "$sample" >some
	[[ $(ns-convert -c SFH some | tail -n +2002 | sort -u | tr '\n' ' ') == '-1 0 1 ' ]]
	grep -q '\.' some
}

@test "no value leaves its column's range, and each is finite" {
	ns-smote -q -t Result "$sample" | tail -n +2002 | cut -d, -f1-30 | tr , '\n' | awk '$1 == "" || $1 < -1 || $1 > 1 { bad++ } END { exit bad > 0 }'
}

@test "what is said on stderr, and that --quiet says nothing" {
	fails 0 "^ns-smote: class '-1': 260 synthetic rows$" ns-smote -t Result "$sample"
	fails 0 '^$' ns-smote -q -t Result "$sample"
	fails 0 '^ns-smote: nothing to add: the classes are as large as they should be$' ns-smote -t Result --strategy not-minority "$sample"
	cmp <(sed '1s/$/,ns:synthetic/; 2,$s/$/,0/' "$sample") .stdout
	fails 0 '' ns-smote -t Result --strategy not-minority --no-mark "$sample"
	cmp "$sample" .stdout
}

@test "the label keeps its form, other columns are missing, and rows may stand in any order" {
	small >in.csv
	ns-smote -q -t kind -x id,when -p k_neighbors=3 in.csv >out.csv
	[[ $(wc -l <out.csv) == 41 && $(tail -n 12 out.csv | cut -d, -f1,3,5- | sort -u) == ',,bad,1' ]]
	(head -n 1 in.csv; tail -n +2 in.csv | tac) >back.csv
	ns-smote -q -t kind -x id,when -p k_neighbors=3 back.csv | tail -n 12 | cmp - <(tail -n 12 out.csv)
	ns-smote -q -s 43 -t kind -x id,when -p k_neighbors=3 in.csv | tail -n 12 >other
	run ! cmp -s other <(tail -n 12 out.csv)
}

@test "from CSV to Arrow and from Arrow to CSV the same rows" {
	small >in.csv
	given=(-q -t kind -x 'id,when' -p k_neighbors=3)
	ns-smote "${given[@]}" in.csv >out.csv
	ns-smote "${given[@]}" -O arrow in.csv | ns-convert | cmp - out.csv
	ns-convert -O arrow in.csv | ns-smote "${given[@]}" -O csv | cmp - out.csv
	ns-convert -O arrow in.csv | ns-smote "${given[@]}" | ns-convert | cmp - out.csv
}

@test "Arrow: features become float64, the target and all others keep their types" {
	python_with pyarrow
	"$PYTHON" "$ROOT/tests/peer/smote_types.py" make
	for table in *.arrow; do
		ns-smote -q -t y -c int,flag "$table" >"${table%.arrow}.out"
	done
	"$PYTHON" "$ROOT/tests/peer/smote_types.py" check
}

@test "--strategy: a share, and words" {
	fails 0 "^ns-smote: class '-1': 147 synthetic rows$" ns-smote -t Result --strategy 0.9 "$sample"
	fails 0 "^ns-smote: class '-1': 260 synthetic rows$" ns-smote -t Result --strategy minority "$sample"
	fails 2 "^ns-smote: --strategy 0.5: class '-1' has 870 rows beside 1130, which is more already: rows are only added$" ns-smote -t Result --strategy 0.5 "$sample"
	fails 2 "^ns-smote: --strategy: unknown word 'minorty' \(did you mean 'minority'\?\)$" ns-smote -t Result --strategy minorty "$sample"
}

@test "-p: k_neighbors alone, one whole number" {
	small >in.csv
	fails 2 "^ns-smote: -p: unknown parameter 'k' \(k_neighbors is the only one\)$" ns-smote -t kind -p k=3 in.csv
	for value in 0 -1 2.5 x 10001 3,4; do
		fails 2 '^ns-smote: -p: k_neighbors is one whole number from 1 to 10000$' ns-smote -t kind -p k_neighbors=$value in.csv
	done
	fails 1 "^ns-smote: class 'bad' has 8 rows: too few for k_neighbors=8 \(-p k_neighbors=7\)$" ns-smote -t kind -x id,when -p k_neighbors=8 in.csv
	ns-smote -q -t kind -x id,when -p k_neighbors=7 in.csv >out.csv
}

@test "text, missing and infinite features, and a missing label, are refused with the remedy" {
	small >in.csv
	fails 1 "^ns-smote: in.csv: column 'id' is text, learners take numbers \(ns-encode it, or leave it out: -x 'id'\)$" ns-smote -t kind in.csv
	sed '9s/,[^,]*$/,/' in.csv >label.csv
	fails 1 "^ns-smote: label.csv: target 'kind': 1 of 28 labels are missing \(leave those rows out\)$" ns-smote -t kind -x id,when label.csv
	sed '9s/,[^,]*,2024/,,2024/' in.csv >missing.csv
	fails 1 "^ns-smote: missing.csv: column 'a': 1 of 28 values are missing \(ns-impute fills them\)$" ns-smote -t kind -x id,when missing.csv
	sed '9s/,[^,]*,2024/,inf,2024/' in.csv >inf.csv
	fails 1 "^ns-smote: inf.csv: column 'a': 1 of 28 values are infinite \(ns-impute --inf missing\)$" ns-smote -t kind -x id,when inf.csv
	fails 2 '^ns-smote: no target given: ' ns-smote in.csv
}

@test "a table that has been balanced is not balanced again, nor cross-validated" {
	ns-smote -q -t Result "$sample" >balanced.csv
	fails 1 "^ns-smote: balanced.csv: has a column 'ns:synthetic': it has been through ns-smote \(begin with the table as it was before\)$" ns-smote -t Result balanced.csv
	fails 2 'synthetic' ns-fit decision-tree -t Result --cv 2 --report - balanced.csv
	ns-fit decision-tree -t Result balanced.csv >model.ns
	[[ $(ns-convert --metadata model.ns | grep '^ns:numbers' | grep -c synthetic) == 0 ]]
}

@test "-m applies stages first: the same as a pipe, and a bundle as honest" {
	ns-scale -q --strategy robust -t Result -w scale.ns "$sample" | ns-smote -q -t Result >piped.csv
	ns-smote -q -t Result -m scale.ns "$sample" | cmp - piped.csv
	ns-smote -q -t Result -m scale.ns -O arrow "$sample" | ns-fit -q decision-tree -t Result >model.ns
	cat scale.ns model.ns >pipeline.ns
	ns-predict pipeline.ns "$sample" >predictions.csv
	fails 1 'scale' ns-predict model.ns "$sample"
}

@test "more synthetic rows than a batch holds, of several classes" {
	awk -v OFS=, 'BEGIN { print "a", "b", "y"; for (i = 0; i < 20000; i++) print i % 101, i % 89 / 7, i % 1000 ? "most" : i % 2000 ? "c" : "d" }' >in.csv
	fails 0 "^ns-smote: class 'c': 19970 synthetic rows"$'\n'"ns-smote: class 'd': 19970 synthetic rows$" ns-smote -t y in.csv
	[[ $(tail -n +2 .stdout | cut -d, -f3,4 | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd ' ') == '10 c,0 19970 c,1 10 d,0 19970 d,1 19980 most,0' ]]
}
