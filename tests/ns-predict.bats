#!/usr/bin/env bats
# ns-predict: the input's own columns and what the model says; a stream is answered line by line.
load helper

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	printf 'size,links,y\n1,0,ham\n2,0,ham\n3,1,ham\n7,4,spam\n8,0,spam\n9,6,spam\n' >mail.csv
	ns-fit decision-tree -t y --positive spam mail.csv >model.ns
	ns-fit random-forest -t Result -S "$ROOT/schema/phishing.yaml" -p n_estimators=16 "$DATA/phishing-sample.csv" >pipeline.ns
	printf 'proto,bytes,rate,y\ntcp,10,1,ok\nudp,,2,ok\ntcp,30,3,bad\nicmp,40,4,bad\nudp,50,5,ok\ntcp,60,6,bad\n' >raw.csv
	ns-impute -t y -w impute.ns -O arrow raw.csv | ns-encode --strategy one-hot -t y -w encode.ns | ns-scale --strategy standard -t y -w scale.ns >ready.arrow
	ns-fit decision-tree -t y ready.arrow >last.ns
	cat impute.ns encode.ns scale.ns last.ns >flow.ns
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$BATS_FILE_TMPDIR"/* .
}

@test "ns-predict pipeline.ns < new.csv" {
	head -n 50 "$DATA/phishing-sample.csv" | ns-convert -x Result >new.csv
	ns-predict pipeline.ns < new.csv >out.csv
	[[ $(head -n 1 out.csv) == "$(head -n 1 new.csv),prediction,label,probability_-1,probability_1" ]]
	cmp <(cut -d, -f1-30 out.csv) new.csv
	awk -F, 'NR > 1 && ($31 == -1) != ($33 >= 0.5) || ($31 == -1) != ($32 == "phishing") && NR > 1 { exit 1 }' out.csv
}

@test "columns are found by name, in any order, and others pass through as they came" {
	same 'host,links,size,when,prediction,probability_ham,probability_spam
"a, b",004,7e0,NA,spam,0,1
c,0, 1 ,,ham,1,0' ns-predict model.ns <<-'END'
		host,links,size,when
		"a, b",004,7e0,NA
		c,0, 1 ,
	END
}

@test "--only and --prefix" {
	same 'prediction,probability_ham,probability_spam\nspam,0,1' ns-predict --only model.ns <<<$'size,links\n9,9'
	same 'size,links,a_prediction,a_probability_ham,a_probability_spam\n9,9,spam,0,1' ns-predict --prefix a_ model.ns <<<$'size,links\n9,9'
	printf 'size,links\n9,9\n' | ns-predict model.ns -O arrow | ns-predict --prefix b_ model.ns | ns-convert >out.csv
	[[ $(head -n 1 out.csv) == size,links,prediction,probability_ham,probability_spam,b_prediction,b_probability_ham,b_probability_spam ]]
	fails 1 "^ns-predict: stdin: there is a column 'prediction' already \(--prefix gives the new ones other names\)$" \
		ns-predict model.ns <<<$'size,links,prediction\n9,9,ham'
}

@test "from CSV and from Arrow, with any number of threads: the same" {
	ns-predict pipeline.ns "$DATA/phishing-sample.csv" >csv
	ns-convert -O arrow "$DATA/phishing-sample.csv" | ns-predict -j 1 pipeline.ns | ns-convert | cmp csv
	ns-predict -j 7 pipeline.ns - <"$DATA/phishing-sample.csv" | cmp csv
}

@test "Arrow out says whose predictions these are, and keeps its columns' types" {
	ns-convert -O arrow "$DATA/phishing-sample.csv" | ns-predict pipeline.ns >out.arrow
	ns-convert --metadata out.arrow >metadata
	grep -qx 'ns:target: Result' metadata
	grep -qx 'ns:positive: -1' metadata
	grep -qx $'ns:labels: phishing\tlegitimate' metadata
	[[ $(ns-eval out.arrow | sed -n 's/^rows,,//p') == 2000 ]]
}

@test "an empty table gives an empty table with the same columns" {
	same 'links,size,prediction,probability_ham,probability_spam' ns-predict model.ns <<<links,size
}

@test "columns of ours are dropped" {
	same 'size,links,prediction,probability_ham,probability_spam\n9,9,spam,0,1' ns-predict model.ns <<<$'size,ns:row,links\n9,1,9'
}

@test "a class is written as it is in the data" {
	printf 'x,y\n1,007\n2,008\n' >codes.csv
	ns-fit decision-tree -t y codes.csv >codes.ns
	same 'x,prediction,probability_007,probability_008\n1,007,1,0' ns-predict codes.ns <<<$'x\n1'
	printf 'x,y\n1,1.0\n2,2.50\n3,10\n' | ns-fit decision-tree -t y >numbers.ns
	same 'x,prediction,probability_1,probability_2.5,probability_10\n3,10,0,0,1' ns-predict numbers.ns <<<$'x\n3'
}

@test "columns that are missing are all named, and a row that does not fit names its line, column and value" {
	fails 1 "^ns-predict: stdin: no column 'size', 'links', which stage 'model' of model\.ns needs$" ns-predict model.ns <<<$'a,b\n1,2'
	fails 1 "^ns-predict: stdin:3: column 'size' is missing: the model was trained on complete numbers \(put the ns-impute stage in front of it\)$" \
		ns-predict model.ns <<<$'size,links\n1,2\n,3'
	fails 1 "^ns-predict: stdin:2: column 'size' is infinite: the model was trained on complete numbers \(ns-impute --inf missing\)$" \
		ns-predict model.ns <<<$'size,links\ninf,2'
	fails 1 "^ns-predict: stdin:2: column 'links': 'many' is not a number" ns-predict model.ns <<<$'size,links\n1,many'
}

@test "--on-error skip sets rows aside and goes on" {
	same 'size,links,prediction,probability_ham,probability_spam\n9,9,spam,0,1' \
		ns-predict -q --on-error skip --rejects bad.csv model.ns <<<$'size,links\n1,many\n2\n9,9'
	[[ $(cat bad.csv) == $'size,links\n2\n1,many' ]]
}

@test "files that are no model, and bundles that do not fit" {
	fails 1 '^ns-predict: mail\.csv: not a stage or a bundle \(an Arrow stream written by -w or ns-fit\)$' ns-predict mail.csv mail.csv
	ns-convert -O arrow mail.csv >table.arrow
	fails 1 '^ns-predict: table\.arrow: a table, not a stage: it was not written by -w or ns-fit$' ns-predict table.arrow mail.csv
	cat model.ns model.ns >twice.ns
	fails 1 "^ns-predict: twice\.ns: stage 2 'model' was learnt behind raw data, but here it follows model: a stage is left out, doubled or swapped" \
		ns-predict twice.ns mail.csv
	head -c 3000 model.ns >cut.ns
	fails 1 '^ns-predict: cut\.ns: ' ns-predict cut.ns mail.csv
	fails 2 "^ns-predict: needs 1 operand, not 0" ns-predict </dev/null
	fails 2 '^ns-predict: model and table cannot both come from stdin: name a file$' ns-predict - <model.ns
	fails 2 '^ns-predict: model and table cannot both come from stdin: name a file$' ns-predict - - <model.ns
	ns-predict model.ns mail.csv >out.csv
	ns-predict - mail.csv <model.ns | cmp out.csv
}

@test "a bundle takes raw rows: missing values are filled, unseen categories are what ns-encode made of them" {
	ns-predict --only flow.ns raw.csv >out.csv
	ns-predict --only -O csv last.ns ready.arrow | cmp out.csv
	cat impute.ns encode.ns scale.ns >prep.ns
	ns-fit decision-tree -t y -m prep.ns raw.csv | cmp flow.ns
	ns-predict flow.ns <<<$'rate,proto,bytes\n9,quic,\n,,' >out.csv
	[[ $(cut -d, -f1-3 out.csv) == $'rate,proto,bytes\n9,quic,\n,,' ]]
	[[ $(cut -d, -f4 out.csv) =~ ^prediction$'\n'(ok|bad)$'\n'(ok|bad)$ ]]
}

@test "a stage that is left out, doubled, swapped, of another run or behind the model is refused by name" {
	not()
	{
		local why=$1
		shift
		cat "$@" >bundle.ns
		fails 1 "^ns-predict: bundle\.ns: $why" ns-predict bundle.ns raw.csv
	}
	tail='a stage is left out, doubled or swapped \(--after names what CSV input has passed\)$'
	not "stage 2 'scale' was learnt behind impute encode, but here it follows impute: $tail" impute.ns scale.ns last.ns
	not "stage 2 'impute' was learnt behind raw data, but here it follows impute: $tail" impute.ns impute.ns encode.ns scale.ns last.ns
	not "stage 1 'encode' was learnt behind impute, but here it follows raw data: $tail" encode.ns impute.ns scale.ns last.ns
	not "stage 'scale' comes behind the model, which must be the last$" impute.ns encode.ns scale.ns last.ns scale.ns
	not 'no model in it \(ns-fit makes one\)$' impute.ns encode.ns scale.ns
	ns-impute -q --strategy mean -t y -w other.ns raw.csv >filled.csv
	not "stage 2 'encode' was learnt behind impute, but here it follows impute of another run: use the stages that were learnt together$" \
		other.ns encode.ns scale.ns last.ns
}

@test "a table says what it has passed: by itself in Arrow, by --after in CSV" {
	fails 1 "^ns-predict: flow\.ns: stage 1 'impute' was learnt behind raw data, but here it follows impute encode scale: " ns-predict flow.ns ready.arrow
	fails 1 "^ns-predict: last\.ns: stage 1 'model' was learnt behind impute encode scale, but here it follows raw data: " ns-predict last.ns raw.csv
	ns-convert ready.arrow >ready.csv
	fails 1 "behind impute encode scale, but here it follows raw data: " ns-predict last.ns ready.csv
	cat impute.ns encode.ns scale.ns >prep.ns
	ns-predict --after prep.ns last.ns ready.csv >out.csv
	ns-predict --after impute.ns --after encode.ns --after scale.ns last.ns ready.csv | cmp out.csv
	fails 2 "^ns-predict: --after names 'impute', but the input itself says it has passed 'impute encode scale'$" ns-predict --after impute.ns last.ns ready.arrow
}

@test "no byte of a model can be changed unnoticed" {
	size=$(wc -c <model.ns)
	for ((at = 40; at < size; at += 97)); do
		cp model.ns bent.ns
		printf '\x5a' | dd of=bent.ns bs=1 seek=$at conv=notrunc status=none
		cmp -s model.ns bent.ns || ! ns-predict bent.ns mail.csv >out.csv 2>err || cmp out.csv <(ns-predict model.ns mail.csv)
	done
}

@test "a stream is answered line by line; a header in its middle is skipped and counted" {
	coproc stream { exec ns-predict --only model.ns 2>err; }
	answer()
	{
		printf '%s\n' "$1" >&"${stream[1]}"
		for want in "${@:2}"; do
			read -r -t 20 line <&"${stream[0]}"
			[[ $line == "$want" ]]
		done
	}
	pid=$stream_PID
	answer $'size,links\n1,0' prediction,probability_ham,probability_spam ham,1,0
	answer 9,6 spam,0,1
	answer size,links
	answer 2,0 ham,1,0
	end=${stream[1]}
	exec {end}>&-
	wait "$pid"
	grep -q '^ns-predict: .*1 .*header' err
}

@test "a reader that goes away ends it silently" {
	awk 'BEGIN { print "size,links"; for (i = 0; i < 300000; i++) print i % 9 ",1" }' >big.csv
	{ ns-predict model.ns big.csv 2>err || echo $? >ended; } | head -n 2 >out.csv
	[[ $(cat ended) == 141 && ! -s err && $(wc -l <out.csv) == 2 ]]
}

@test "it links what it reads with, and nothing that trains" {
	[[ $NS_BUILD != *san* ]] || skip "sanitizers bring their own libraries"
	ldd "$NS_BUILD/ns-predict" | awk '{ print $1 }' | grep -vE '^(linux-vdso|lib(c|m|csv|yaml-0|z|zstd|lz4)\.so|/lib)' >others || true
	nm "$NS_BUILD/ns-predict" | grep -E ' ns_(learn|training|tree_grow|newton|search|select|smote)' >>others || true
	[[ ! -s others ]] || { cat others; return 1; }
}
