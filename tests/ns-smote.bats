#!/usr/bin/env bats
# ns-smote: the table as it came, then synthetic rows that stand between neighbours of their class; or fewer rows.
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

@test "--round-whole: in columns of whole numbers only" {
	ns-smote -q -t Result --round-whole "$sample" | cmp - <(ns-smote -q -t Result --round '*' "$sample")
	small >in.csv
	ns-smote -q -t kind -x id,when -p k_neighbors=3 --round-whole in.csv | tail -n 12 >drawn
	ns-smote -q -t kind -x id,when -p k_neighbors=3 --round b in.csv | tail -n 12 | cmp - drawn
	[[ $(cut -d, -f4 drawn | sort -u | tr '\n' ' ') == '0 1 2 ' ]]
	cut -d, -f2 drawn | grep -qvE '\.(25|5|75)$'
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

# rows FILE: how many rows of each class, by the target in column N: "870 -1 1130 1".
rows()
{
	tail -n +2 "$1" | cut -d, -f"$2" | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd ' '
}

@test "--strategy: words, a ratio, rows" {
	fails 0 "^ns-smote: class '-1': 147 synthetic rows$" ns-smote -t Result --strategy 0.9 "$sample"
	fails 0 "^ns-smote: class '-1': 260 synthetic rows$" ns-smote -t Result --strategy minority "$sample"
	fails 0 "^ns-smote: class '-1': 130 synthetic rows$" ns-smote -t Result --strategy '-1=1000' "$sample"
	fails 0 "^ns-smote: class '1': 900 of 1130 rows stay$" ns-smote -t Result --method random-under --strategy 1=900 "$sample"
	fails 0 "^ns-smote: class '1': 966 of 1130 rows stay$" ns-smote -t Result --method random-under --strategy 0.9 "$sample"
	fails 0 "^ns-smote: nothing to take away: the classes are as small as they should be$" ns-smote -t Result --method random-under --strategy 1=1130 "$sample"
	fails 0 "^ns-smote: class '-1' becomes larger than the largest, '1': 2000 rows beside 1130"$'\n' ns-smote -t Result --strategy '-1=2000' "$sample"
	fails 2 "^ns-smote: --strategy 0.5: class '-1' has 870 rows beside 1130, which is more already: rows are only added$" ns-smote -t Result --strategy 0.5 "$sample"
	fails 2 "^ns-smote: --strategy: unknown word 'minorty' \(did you mean 'minority'\?\)$" ns-smote -t Result --strategy minorty "$sample"
	fails 2 "^ns-smote: --strategy minority: rows go from larger classes \(" ns-smote -t Result --method tomek --strategy minority "$sample"
	fails 2 "^ns-smote: --strategy: the target has no class '0'" ns-smote -t Result --method tomek --strategy 0 "$sample"
}

@test "-p: the parameters of the method" {
	small >in.csv
	fails 2 "^ns-smote: smote has no parameter 'k'; it has k_neighbors$" ns-smote -t kind -p k=3 in.csv
	fails 2 "^ns-smote: random-over has no parameter 'k_neighbors'; it has shrinkage$" ns-smote -t kind --method random-over -p k_neighbors=3 in.csv
	fails 2 "^ns-smote: -p: tomek has no parameters$" ns-smote -t kind --method tomek -p k_neighbors=3 in.csv
	for value in 0 -1 2.5 x 10001; do
		fails 2 "^ns-smote: parameter 'k_neighbors': '$value' is not a whole number from 1 to 10000$" ns-smote -t kind -p k_neighbors=$value in.csv
	done
	fails 2 "^ns-smote: -p: a list of values is for ns-fit; smote takes one for each parameter$" ns-smote -t kind -p k_neighbors=3,4 in.csv
	fails 1 "^ns-smote: in\.csv: class 'bad' has 8 rows: too few for k_neighbors=8 \(-p k_neighbors=7\)$" ns-smote -t kind -x id,when -p k_neighbors=8 in.csv
	fails 1 "^ns-smote: in\.csv: has 28 rows: too few for m_neighbors=28 \(-p m_neighbors=27\)$" ns-smote -t kind -x id,when --method borderline-1 -p m_neighbors=28 in.csv
	ns-smote -q -t kind -x id,when -p k_neighbors=7 in.csv >out.csv
	ns-smote -q -t kind -x id,when --method borderline-2 -p k_neighbors=7 -p m_neighbors=27 in.csv >out.csv
}

@test "missing and infinite features, and a missing label, are refused with the remedy; text where it is no category" {
	small >in.csv
	fails 1 "^ns-smote: there are categories beside numbers: the method is smote-nc"$'\n'"ns-smote: in.csv: column 'id': 28 different values in 28 rows are no categories \(leave it out: -x 'id'; else --categorical 'id'\)$" ns-smote -t kind in.csv
	for method in borderline-1 borderline-2 tomek smote-tomek 'random-over -p shrinkage=1'; do
		# shellcheck disable=SC2086
		fails 1 "^ns-smote: in.csv: column 'id' is text, learners take numbers \(ns-encode it, or leave it out: -x 'id'\)$" ns-smote -t kind --method $method in.csv
	done
	sed '9s/,[^,]*$/,/' in.csv >label.csv
	fails 1 "^ns-smote: label.csv: target 'kind': 1 of 28 labels are missing \(leave those rows out\)$" ns-smote -t kind -x id,when label.csv
	sed '9s/,[^,]*,2024/,,2024/' in.csv >missing.csv
	fails 1 "^ns-smote: missing.csv: column 'a': 1 of 28 values are missing \(ns-impute fills them\)$" ns-smote -t kind -x id,when missing.csv
	sed '9s/,[^,]*,2024/,inf,2024/' in.csv >inf.csv
	fails 1 "^ns-smote: inf.csv: column 'a': 1 of 28 values are infinite \(ns-impute --inf missing\)$" ns-smote -t kind -x id,when inf.csv
	fails 2 '^ns-smote: no target given: ' ns-smote in.csv
	printf 'x,y\n1e308,a\n-1e308,b\n1.7e308,a\n' >huge.csv
	fails 1 "^ns-smote: huge.csv: column 'x': its values are too far apart to be spread out \(leave it out: -x 'x'\)$" \
		ns-smote -t y --method random-over -p shrinkage=1 huge.csv
	ns-smote -q -t y --method random-over huge.csv | tail -n 1 | grep -qxF -e '-1e+308,b,1' -e '-1e308,b,1'
}

@test "a table that has been balanced is not balanced again, nor cross-validated" {
	ns-smote -q -t Result "$sample" >balanced.csv
	fails 1 "^ns-smote: balanced.csv: has a column 'ns:synthetic': it has been through ns-smote \(begin with the table as it was before\)$" ns-smote -t Result balanced.csv
	fails 2 'synthetic' ns-fit decision-tree -t Result --cv 2 --report - balanced.csv
	ns-fit decision-tree -t Result balanced.csv >model.ns
	[[ $(ns-convert --metadata model.ns | grep '^ns:numbers' | grep -c synthetic) == 0 ]]
}

@test "--mark and --no-mark: the last one counts, and methods that add nothing have none" {
	ns-smote -q -t Result --no-mark "$sample" >bare
	ns-smote -q -t Result --mark --no-mark "$sample" | cmp - bare
	ns-smote -q -t Result --no-mark --mark "$sample" | cut -d, -f1-31 | cmp - bare
	ns-smote -q -t Result --no-mark --mark "$sample" | cmp - <(ns-smote -q -t Result "$sample")
	fails 2 '^ns-smote: --mark: tomek adds no rows$' ns-smote -t Result --method tomek --mark "$sample"
	fails 2 '^ns-smote: --round: random-over makes no new values$' ns-smote -t Result --method random-over --round SFH "$sample"
	fails 2 '^ns-smote: --round: none of its columns has values that are drawn \(text, categories and the target are copied\)$' \
		ns-smote -t Result -x port --round port,Result "$sample"
	fails 2 '^ns-smote: --categorical: none of its columns is a feature \(-c and -x say which are; the target is none\)$' \
		ns-smote -t Result -x port --categorical port,Result "$sample"
	fails 2 '^ns-smote: --round: random-under makes no new values$' ns-smote -t Result --method random-under --round-whole "$sample"
	fails 2 '^ns-smote: --categorical is for smote-nc, not for tomek$' ns-smote -t Result --method tomek --categorical SFH "$sample"
}

@test "random-under, tomek: the rows that stay are as they came, in their order" {
	small | sed 's/,0,/, 0.00 ,/' >in.csv
	for method in random-under tomek; do
		ns-smote -q -t kind -x id,when --method $method in.csv >out.csv
		[[ $(rows out.csv 5) == '8 bad '* ]]
		awk 'FNR == NR { stays[$0]; next } $0 in stays' out.csv in.csv | cmp - out.csv
		ns-convert -O arrow in.csv | ns-smote -q -t kind -x id,when --method $method | ns-convert | cmp - <(ns-convert -O arrow out.csv | ns-convert)
	done
	ns-smote -q -t kind --method random-under in.csv >out.csv
	[[ $(rows out.csv 5) == '8 bad 8 good' ]]
	ns-smote -q -t kind --method random-under --strategy all -p replacement=true in.csv >out.csv
	[[ $(rows out.csv 5) == '8 bad 8 good' && $(sort -u out.csv | wc -l) -lt 17 ]]
	run ! grep -qvxFf in.csv out.csv
	cut -d, -f1 out.csv | tail -n +2 | sort -c
	fails 0 "^ns-smote: class 'bad': 4 of 8 rows stay"$'\n'"ns-smote: class 'good': 9 of 20 rows stay$" ns-smote -t kind --method random-under --strategy bad=4,good=9 in.csv
}

@test "tomek: what goes, and that a pipe is read twice" {
	printf 'x,y\n0,a\n1,b\n5,a\n6,a\n9,b\n20,a\n' >in.csv
	fails 0 "^ns-smote: class 'a': 1 row in Tomek links go$" ns-smote -t y --method tomek in.csv
	[[ $stdout == $'x,y\n1,b\n5,a\n6,a\n9,b\n20,a' ]]
	fails 0 "^ns-smote: class 'a': 1 row in Tomek links go"$'\n'"ns-smote: class 'b': 1 row in Tomek links go$" ns-smote -t y --method tomek --strategy all < <(cat in.csv)
	[[ $stdout == $'x,y\n5,a\n6,a\n9,b\n20,a' ]]
	ns-smote -q -t y --method tomek --strategy b in.csv | cmp - <(printf 'x,y\n0,a\n5,a\n6,a\n9,b\n20,a\n')
	fails 0 '^ns-smote: no Tomek links: no row goes$' ns-smote -t y --method tomek <<<$'x,y\n1,a\n2,a\n3,b\n3.5,b'
}

@test "smote-tomek: smote's rows, but those in links" {
	ns-smote -q -t Result -p k_neighbors=3 "$sample" >grown.csv
	fails 0 "^ns-smote: class '-1': 260 synthetic rows"$'\n'"ns-smote: class '-1': [0-9]+ rows in Tomek links go(, [0-9]+ of them synthetic)?"$'\n'"ns-smote: class '1': " ns-smote -t Result --method smote-tomek -p k_neighbors=3 "$sample"
	ns-smote -q -t Result --method tomek --strategy all grown.csv | cmp - .stdout
}

@test "random-over: copies of whole rows, with whatever stands in them" {
	small | sed -e '9s/,[^,]*,2024/,,2024/' -e '4s/,[^,]*,2024/,inf,2024/' -e '4s/^003/"b ""a"" d"/' >in.csv
	ns-smote -q -t kind -x when --method random-over --strategy bad=30 in.csv >out.csv
	cmp <(head -n 29 out.csv) <(sed '1s/$/,ns:synthetic/; 2,$s/$/,0/' in.csv)
	[[ $(tail -n +30 out.csv | cut -d, -f1,2,4- | sort -u | sed 's/,1$//' | grep -vxFf <(cut -d, -f1,2,4- in.csv)) == '' && $(wc -l <out.csv) == 51 ]]
	ns-convert -O arrow in.csv | ns-smote -q -t kind -x when --method random-over --strategy bad=30 | ns-convert | cmp - out.csv
	ns-smote -q -t Result --method random-over -p shrinkage=0 "$sample" | cmp - <(ns-smote -q -t Result --method random-over "$sample")
	ns-smote -q -t Result --method random-over -p shrinkage=0.2 --round-whole "$sample" | tail -n +2002 | cut -d, -f1-30 >drawn
	[[ $(tr , '\n' <drawn | sort -u | tr '\n' ' ') == '-1 0 1 ' ]]
}

# A table of 60 flows with text, codes and numbers, a third of them bad.
flows()
{
	awk 'BEGIN {
		OFS = ","
		print "proto,bytes,port,rate,kind"
		split("tcp,udp,\"a,b\",icmp", proto, ",")
		for (i = 1; i <= 60; i++)
			print i % 5 ? (i % 3 ? "tcp" : "udp") : "\"a,b\"", i * i % 37, i % 4 ? 80 : 443, i % 7 / 8, i % 3 == 1 ? "bad" : "good"
	}'
}

@test "smote-nc: text and --categorical columns keep values that occur, by themselves" {
	flows >in.csv
	fails 0 "^ns-smote: there are categories beside numbers: the method is smote-nc"$'\n'"ns-smote: class 'bad': 20 synthetic rows$" ns-smote -t kind --categorical port in.csv
	ns-smote -q -t kind --method smote-nc --categorical port in.csv | cmp - .stdout
	ns-convert -c proto .stdout | tail -n 20 | sort -u >protos
	run ! grep -qvxF -e tcp -e udp -e '"a,b"' protos
	ns-convert -c port .stdout | tail -n 20 >ports
	run ! grep -qvx -e 80 -e 443 ports
	[[ $(ns-convert -c bytes .stdout | tail -n 20 | grep -c '\.') -gt 0 ]]
	ns-convert -O arrow in.csv | ns-smote -q -t kind --categorical port -j 3 | ns-convert | cmp - .stdout
	(head -n 1 in.csv; tail -n +2 in.csv | tac) | ns-smote -q -t kind --categorical port | tail -n 20 | cmp - <(tail -n 20 .stdout)
	fails 1 '^ns-smote: in\.csv: every feature is a category, and smote-nc measures nearness by numbers \(--method random-over takes any\)$' ns-smote -q -t kind -c proto in.csv
	fails 1 '^ns-smote: in\.csv: no feature is a category: --categorical LIST says which are \(--method smote is for numbers alone\)$' ns-smote -t kind --method smote-nc -c bytes,rate in.csv
	sed '7s/^[^,]*,/,/' in.csv >missing.csv
	fails 1 "^ns-smote: missing.csv: column 'proto': 1 of 60 values are missing \(ns-impute fills them\)$" ns-smote -q -t kind missing.csv
}

@test "smote-nc in Arrow: categories keep their types" {
	python_with pyarrow
	"$PYTHON" "$ROOT/tests/peer/smote_types.py" make
	for table in *.arrow; do
		ns-smote -q -t y -c int,flag,word --categorical flag "$table" >"${table%.arrow}.out"
	done
	"$PYTHON" "$ROOT/tests/peer/smote_types.py" check flag word
	for table in *.arrow; do
		ns-smote -q -t y -c int,flag,word --method random-over "$table" >"${table%.arrow}.out"
	done
	"$PYTHON" "$ROOT/tests/peer/smote_types.py" check flag word int
}

@test "borderline: rows are added at the border, and none where there is none" {
	awk 'BEGIN { print "x,y"; for (i = 0; i < 40; i++) print i / 8 ",a"; for (i = 0; i < 14; i++) print (i < 4 ? 3.9 + i / 7 : 50 + i / 9) ",b" }' >in.csv
	for method in borderline-1 borderline-2; do
		ns-smote -q -t y --method $method -p m_neighbors=6 -p k_neighbors=3 in.csv | tail -n 26 >drawn
		awk -F, '$1 > 5.01 || $2 != "b" { exit 1 }' drawn
	done
	awk 'BEGIN { print "x,y"; for (i = 0; i < 30; i++) print (i < 20 ? i / 8 ",a" : 90 + i / 8 ",b") }' >apart.csv
	fails 0 "^ns-smote: class 'b': no row is in danger, between its own and others: no rows are added$" ns-smote -t y --method borderline-1 apart.csv
	[[ $(wc -l <.stdout) == 31 ]]
}

@test "-m in two passes: rows that learnt a target encoding are cross-fitted in both" {
	flows >in.csv
	ns-encode -q --strategy target -t kind --positive bad -w encode.ns in.csv >encoded.csv
	for method in tomek random-under smote-tomek; do
		ns-smote -q -t kind --method $method -m encode.ns in.csv | cmp - <(ns-smote -q -t kind --method $method encoded.csv)
	done
}

@test "rows that are set aside, and inputs that break off, where the input is read twice" {
	flows | sed '9s/,[0-9]*,/,oops,/' >in.csv
	sed '9d' in.csv >clean.csv
	fails 0 "1 row was set aside in 'rejected'" ns-smote -t kind --number bytes -x proto --method tomek --on-error skip --rejects rejected in.csv
	ns-smote -q -t kind -x proto --method tomek clean.csv | cmp - .stdout
	[[ $(wc -l <rejected) == 2 ]]
	flows | ns-convert -O arrow | head -c 2000 >broken
	fails 1 'broken' ns-smote -t kind -x proto --method tomek broken
	fails 1 'stdin' ns-smote -t kind -x proto --method random-under < <(cat broken)
	fails 2 'No space left' bash -c 'ns-smote -q -t kind --method random-under clean.csv >/dev/full'
}

@test "a file that changes between the two readings" {
	printf 'x,y\n1,a\n2,b\n3,a\n' >in.csv
	mkfifo more.csv
	{
		exec 3>more.csv # in.csv has been read once when this is open
		printf '4,b\n' >>in.csv
		printf 'x,y\n5,a\n' >&3
	} &
	fails 1 '^ns-smote: .*: has other rows when it is read once more: it changed meanwhile$' ns-smote -t y --method random-under in.csv more.csv
	wait
}

@test "a file that has other values or labels at the second reading, in as many rows" {
	mkfifo more.csv
	for change in 's/^2,u,b/3,u,b/' 's/^2,u,b/2,w,b/' 's/^2,u,b/2,,b/' 's/^2,u,b/2,u,a/'; do
		printf 'x,k,y\n1,v,a\n2,u,b\n3,v,a\n' >in.csv
		{
			exec 3>more.csv
			sed "$change" in.csv >changed
			cat changed >in.csv
			printf 'x,k,y\n5,u,a\n' >&3
		} &
		fails 1 '^ns-smote: in\.csv: has other rows when it is read once more: it changed meanwhile$' ns-smote -q -t y --method random-under in.csv more.csv
		wait
	done
}

@test "more of the few, then fewer of the many" {
	ns-smote -q -t Result --strategy 0.9 "$sample" | ns-smote -q -t Result --method random-under >balanced.csv
	[[ $(ns-convert -c Result,ns:synthetic balanced.csv | tail -n +2 | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd ' ') == '870 -1,0 147 -1,1 1017 1,0' ]]
}

@test "-m applies stages first: the same as a pipe, and a bundle as honest" {
	ns-scale -q --strategy robust -t Result -w scale.ns "$sample" | ns-smote -q -t Result >piped.csv
	ns-smote -q -t Result -m scale.ns "$sample" | cmp - piped.csv
	ns-smote -q -t Result -m scale.ns -O arrow "$sample" | ns-fit -q decision-tree -t Result >model.ns
	for method in tomek smote-tomek; do
		ns-scale -q -m scale.ns "$sample" | ns-smote -q -t Result --method $method >piped.csv
		ns-smote -q -t Result --method $method -m scale.ns "$sample" | cmp - piped.csv
	done
	cat scale.ns model.ns >pipeline.ns
	ns-predict pipeline.ns "$sample" >predictions.csv
	fails 1 'scale' ns-predict model.ns "$sample"
}

@test "more synthetic rows than a batch holds, of several classes" {
	awk -v OFS=, 'BEGIN { print "a", "b", "y"; for (i = 0; i < 20000; i++) print i % 101, i % 89 / 7, i % 1000 ? "most" : i % 2000 ? "c" : "d" }' >in.csv
	fails 0 "^ns-smote: class 'c': 19970 synthetic rows"$'\n'"ns-smote: class 'd': 19970 synthetic rows$" ns-smote -t y in.csv
	[[ $(tail -n +2 .stdout | cut -d, -f3,4 | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd ' ') == '10 c,0 19970 c,1 10 d,0 19970 d,1 19980 most,0' ]]
}
