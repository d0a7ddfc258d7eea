#!/usr/bin/env bats
# ns-fit: a model that knows how it came to be, the same bytes every time, and searches that are honest.
load helper

sample=$DATA/phishing-sample.csv

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	head -n 301 "$DATA/phishing-sample.csv" >small.csv
	printf 'x,z,y\n1,5,ham\n2,5,spam\n3,5,ham\n4,6,spam\n5,6,spam\n6,6,ham\n' >mail.csv
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$BATS_FILE_TMPDIR"/*.csv .
}

# meta KEY FILE: what a model says of itself.
meta()
{
	ns-convert --metadata "$2" | sed -n "s/^ns:$1: //p"
}

# field NAME: the column of the report in report.csv, without its header.
field()
{
	ns-convert -c "$1" report.csv | tail -n +2
}

@test "ns-fit random-forest -t Result -p n_estimators=128 < train.csv > model.ns" {
	cp "$sample" train.csv
	ns-fit random-forest -t Result -p n_estimators=128 < train.csv > model.ns
	[[ $(ns-convert -c tree model.ns | tail -n 1) == 127 ]]
	ns-predict model.ns train.csv | ns-eval -t Result --positive -1 --require 'f1>=0.95' >metrics
}

@test "the model knows its columns, classes, parameters, training metrics, stages and version" {
	ns-fit decision-tree -t Result -S "$ROOT/schema/phishing.yaml" -p max_depth=3 -s 7 small.csv >model.ns
	[[ $(meta learner model.ns) == decision-tree && $(meta params model.ns) == *max_depth=3* && $(meta params model.ns) == *criterion=gini* ]]
	[[ $(meta target model.ns) == Result && $(meta classes model.ns) == -1$'\t'1 && $(meta positive model.ns) == -1 ]]
	[[ $(meta labels model.ns) == phishing$'\t'legitimate && $(meta seed model.ns) == 7 && $(meta rows model.ns) == 300 ]]
	[[ $(meta numbers model.ns) == "$(head -n 1 small.csv | tr , '\t' | sed 's/\tResult$//')" ]]
	[[ $(meta version model.ns) == "$(ns-fit --version | sed 's/.* //')" && -z $(meta after model.ns) ]]
	ns-predict model.ns small.csv | ns-eval -t Result --positive -1 >metrics
	for metric in accuracy f1 roc_auc log_loss mcc; do
		[[ $(meta "train:$metric" model.ns) == "$(sed -n "s/^$metric,,//p" metrics)" ]]
	done
}

@test "the same bytes twice, for any number of threads, any order of rows, from CSV and from Arrow" {
	for learner in decision-tree random-forest logistic-regression; do
		given=(-q -t Result)
		[[ $learner != random-forest ]] || given+=(-p 'n_estimators=8,9' --cv 3 --report report.csv)
		ns-fit $learner "${given[@]}" small.csv >model.ns
		cp report.csv first.csv 2>/dev/null || true
		ns-fit $learner "${given[@]}" -j 1 small.csv | cmp model.ns
		ns-fit $learner "${given[@]}" -j 7 <small.csv | cmp model.ns
		(head -n 1 small.csv; tail -n +2 small.csv | tac) | ns-fit $learner "${given[@]}" | cmp model.ns
		ns-convert -O arrow small.csv | ns-fit $learner "${given[@]}" | cmp model.ns
		[[ ! -e report.csv ]] || cmp report.csv first.csv
	done
}

@test "another seed makes another forest" {
	ns-fit -q random-forest -p n_estimators=4 -t Result -s 1 small.csv >one.ns
	ns-fit -q random-forest -p n_estimators=4 -t Result -s 2 small.csv >two.ns
	run cmp -s one.ns two.ns
	[[ $status == 1 ]]
}

@test "--list shows every learner and its parameters" {
	ns-fit --list >list
	grep -qE '^  max_depth .* \(a whole number\|None; default None\)$' list
	grep -qE '^  max_features .* \(a number\|sqrt\|log2\|None; default sqrt\)$' list
	for word in decision-tree: random-forest: logistic-regression: n_estimators max_depth C; do
		grep -qwF -- "$word" list
	done
}

@test "--models takes a family's grid from a file, -p goes before it, and --list shows the file" {
	printf 'models:\n  decision-tree:\n    max_depth: [1, 3]\n    criterion: entropy\n  logistic-regression:\n' >models.yaml
	same 'decision-tree -p max_depth=1,3 -p criterion=entropy\nlogistic-regression' ns-fit --list --models models.yaml
	ns-fit decision-tree -t Result --positive -1 --models models.yaml --cv 2 --report report.csv small.csv >model.ns
	[[ $(field params | sort | paste -sd /) == 'criterion=entropy max_depth=1/criterion=entropy max_depth=3' ]]
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,3 -p criterion=entropy --cv 2 small.csv | cmp model.ns
	ns-fit decision-tree -t Result --positive -1 --models models.yaml -p max_depth=2 small.csv >model.ns
	[[ $(meta params model.ns) == *criterion=entropy*max_depth=2* ]]
	fails 2 "^ns-fit: models\.yaml has no 'random-forest'; --list --models models\.yaml shows what it has$" \
		ns-fit random-forest -t Result --models models.yaml small.csv
	sed -i 's/criterion/criterium/' models.yaml
	fails 2 "^ns-fit: models\.yaml:4: decision-tree has no parameter 'criterium' \(did you mean 'criterion'\?\)$" ns-fit --list --models models.yaml
	fails 2 '^ns-fit: none\.yaml: No such file or directory$' ns-fit --list --models none.yaml
}

@test "every list of models that comes with netsec is one" {
	for list in "$ROOT"/schema/models*.yaml; do
		ns-fit --list --models "$list" >families
		[[ $(wc -l <families) -ge 3 ]]
	done
}

@test "--cv ranks a grid, the best is fitted on all rows, and the report shows them all" {
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,3,None -p criterion=gini,entropy --cv 4 --report report.csv small.csv >model.ns
	[[ $(head -n 1 report.csv) == learner,params,folds,rows,by,score,score_deviation,train_score,accuracy,balanced_accuracy,precision,recall,f1,* ]]
	[[ $(wc -l <report.csv) == 7 && $(field score) == "$(field score | sort -rg)" && $(field score) == "$(field f1)" ]]
	[[ $(field folds | sort -u) == 4 && $(field rows | sort -u) == 300 && $(field by | sort -u) == f1 ]]
	best=$(field params | head -n 1)
	[[ $best =~ ^criterion=[a-z]+\ max_depth=[0-9None]+$ ]]
	[[ $(meta params model.ns) == *max_depth=${best##*=}* && $(meta rows model.ns) == 300 && $(meta folds model.ns) == 4 ]]
	[[ $(meta search:f1 model.ns) == "$(field score | head -n 1)" ]]
	ns-fit decision-tree -t Result --positive -1 -p "${best% *}" -p "${best#* }" small.csv >alone.ns
	diff <(ns-convert model.ns) <(ns-convert alone.ns)
}

@test "the report has every fold's score, and times only where they are asked for" {
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,3 --cv 3 --report report.csv small.csv >model.ns
	[[ $(head -n 1 report.csv) == *,mcc,score_1,score_2,score_3,train_score_1,train_score_2,train_score_3 ]]
	ns-convert -c score,score_deviation,'score_*','train_score*' report.csv | awk -F, 'NR > 1 {
		mean = ($3 + $4 + $5) / 3; variance = (($3 - mean) ^ 2 + ($4 - mean) ^ 2 + ($5 - mean) ^ 2) / 3
		if ((mean - $1) ^ 2 > 1e-28 || (variance - $2 ^ 2) ^ 2 > 1e-28 || (($7 + $8 + $9) / 3 - $6) ^ 2 > 1e-28) exit 1
		rows++
	} END { exit rows != 2 }'
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,3 --cv 3 --report timed.csv --timing small.csv | cmp model.ns
	ns-convert -x fit_seconds,score_seconds timed.csv | cmp report.csv
	[[ $(ns-convert -c fit_seconds timed.csv | sed -n 2p) != 0 ]]
	fails 2 '^ns-fit: --timing is about the report: it needs --report FILE$' ns-fit decision-tree -t Result --timing small.csv
}

@test "--report - writes the report alone" {
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,2 --cv 2 --report report.csv small.csv >model.ns
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,2 --cv 2 --report - small.csv | cmp report.csv
}

@test "--valid scores on rows that were not learnt from, their columns in any order" {
	ns-split -q --test 0.3 -t Result --rest part.csv small.csv >held.csv
	ns-convert -c Result,port,'*' held.csv >mixed.csv
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,4 --valid held.csv --report report.csv part.csv >model.ns
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,4 --valid mixed.csv --report mixed.report part.csv | cmp model.ns
	cmp report.csv mixed.report
	ns-predict model.ns held.csv | ns-eval -t Result --positive -1 >metrics
	[[ $(field score | head -n 1) == "$(sed -n 's/^f1,,//p' metrics)" && $(field score_deviation | sort -u) == 0 ]]
	[[ $(meta train:f1 model.ns) == "$(field train_score | head -n 1)" ]]
}

@test "--score ranks by another metric, and less log loss is better" {
	ns-fit decision-tree -t Result -p max_depth=1,3,5 --cv 3 --score log_loss --report report.csv small.csv >model.ns
	[[ $(field score) == "$(field score | sort -g)" && $(field score) == "$(field log_loss)" && $(field by | sort -u) == log_loss ]]
}

@test "what a schema knows of its own target says nothing of another one" {
	printf 'target: Result\npositive: -1\nlabels: {-1: phishing, 1: legitimate}\nextra: allow\ncolumns:\n  Result:\n    type: number\n' >other.yaml
	ns-fit -q decision-tree -S other.yaml -t SSLfinal_State small.csv >model.ns
	[[ -z $(meta positive model.ns) && -z $(meta labels model.ns) ]]
}

@test "without a positive class f1 is macro F1, and stderr says so" {
	fails 0 '^ns-fit: no positive class known: f1 is macro F1 \(--positive CLASS, or a schema, names one\)$' \
		ns-fit decision-tree -t Result --cv 2 --report report.csv small.csv
	[[ $(field score) == "$(field f1_macro)" ]]
	fails 0 '^$' ns-fit decision-tree -t Result small.csv
}

@test "--group-identical keeps copies of a row out of the fold it is judged on" {
	awk 'BEGIN { srand(3); print "x,y"; for (i = 0; i < 60; i++) { y = rand() < .5; print i "," y "\n" i "," y "\n" i "," y } }' >copies.csv
	ns-fit -q decision-tree -t y --cv 3 --score accuracy --report report.csv copies.csv >model.ns
	awk -v score="$(field score)" 'BEGIN { exit !(score > 0.9) }'
	ns-fit -q decision-tree -t y --cv 3 --score accuracy --group-identical --report report.csv copies.csv >model.ns
	awk -v score="$(field score)" 'BEGIN { exit !(score < 0.7) }'
}

@test "--group keeps rows with equal values of a column in one fold; it is no feature" {
	awk 'BEGIN { srand(3); print "who,x,y"; for (i = 0; i < 60; i++) { y = rand() < .5; for (k = 0; k < 3; k++) print "u" i "," i + k / 10 "," y } }' >users.csv
	ns-fit -q decision-tree -t y -x who --cv 3 --score accuracy --report report.csv users.csv >model.ns
	awk -v score="$(field score)" 'BEGIN { exit !(score > 0.8) }'
	ns-fit -q decision-tree -t y --cv 3 --score accuracy --group who --report report.csv users.csv >model.ns
	awk -v score="$(field score)" 'BEGIN { exit !(score < 0.7) }'
	[[ $(meta numbers model.ns) == x ]]
	ns-convert -O arrow users.csv | ns-fit -q decision-tree -t y --cv 3 --score accuracy --group who | cmp model.ns
	fails 1 "^ns-fit: column 'who' has only 60 different values for 61 folds \(a smaller --cv\)$" ns-fit -q decision-tree -t y --cv 61 --group who users.csv
	fails 2 '^ns-fit: --group is about folds: it needs --cv K$' ns-fit decision-tree -t y --group who users.csv
	fails 2 '^ns-fit: --group and --group-identical exclude each other$' ns-fit decision-tree -t y --cv 2 --group who --group-identical users.csv
}

@test "--weight: 0 leaves a row out, the column is no feature, --valid needs none, and mistakes are named" {
	awk 'BEGIN { FS = OFS = "," } { print $0, (NR == 1 ? "w" : (NR % 3 > 0)) }' small.csv >weighed.csv
	awk 'BEGIN { FS = "," } NR == 1 || NR % 3 { print }' small.csv >kept.csv
	ns-fit decision-tree -t Result --positive -1 -p max_depth=5 --weight w weighed.csv >model.ns
	ns-fit decision-tree -t Result --positive -1 -p max_depth=5 kept.csv >other.ns
	[[ $(meta rows model.ns) == 200 && $(meta weight model.ns) == w && -z $(meta weight other.ns) ]]
	[[ $(meta numbers model.ns) == "$(meta numbers other.ns)" ]]
	ns-predict --only model.ns small.csv >answers.csv
	ns-predict --only other.ns small.csv | cmp answers.csv
	ns-fit -q decision-tree -t Result --positive -1 -p max_depth=1,5 --weight w --valid small.csv --report report.csv weighed.csv >best.ns
	[[ $(field rows | sort -u) == 300 ]]
	sed '4s/,[0-9]*$/,-1/' weighed.csv >wrong.csv
	fails 1 "^ns-fit: wrong\.csv:4: column 'w': '-1': a weight is a positive number, or 0 to leave the row out$" \
		ns-fit decision-tree -t Result --weight w wrong.csv
	sed '4s/,[0-9]*$/,/' weighed.csv >wrong.csv
	fails 1 "^ns-fit: wrong\.csv:4: column 'w': missing: a weight is a positive number, or 0 to leave the row out$" \
		ns-fit decision-tree -t Result --weight w wrong.csv
	fails 1 "^ns-fit: wrong\.csv: no column 'v'" ns-fit decision-tree -t Result --weight v wrong.csv
	fails 2 "^ns-fit: --weight: column 'Result' has another part already$" ns-fit decision-tree -t Result --weight Result small.csv
}

@test "--threshold is the model's own" {
	ns-fit logistic-regression -t y --positive spam --threshold 0.9 mail.csv >model.ns
	[[ $(meta threshold model.ns) == 0.9 ]]
	ns-predict --only model.ns mail.csv | awk -F, 'NR > 1 && ($1 == "spam") != ($3 >= 0.9) { exit 1 }'
	fails 2 '^ns-fit: --threshold needs two classes of which one is positive \(--positive CLASS, or a schema, names it\)$' \
		ns-fit decision-tree -t y --threshold 0.9 mail.csv
}

@test "-c and -x choose features; columns of ours are none" {
	ns-fit decision-tree -t y -c x mail.csv >model.ns
	[[ $(meta numbers model.ns) == x ]]
	ns-fit decision-tree -t y -x x mail.csv >model.ns
	[[ $(meta numbers model.ns) == z ]]
	sed '1s/z/ns:row/' mail.csv | ns-fit decision-tree -t y >model.ns
	[[ $(meta numbers model.ns) == x ]]
}

@test "a table with synthetic rows is refused by --cv and by --valid" {
	sed '1s/$/,ns:synthetic/; 2,$s/$/,0/; $s/0$/1/' mail.csv >grown.csv
	fails 2 '^ns-fit: the table holds synthetic rows \(ns:synthetic\), so --cv would test on copies of what it trained on: split first, balance the training part, and score with --valid$' \
		ns-fit decision-tree -t y --cv 2 grown.csv
	fails 2 '^ns-fit: --valid: grown\.csv holds synthetic rows \(ns:synthetic\): score on rows as they came$' \
		ns-fit decision-tree -t y --positive spam --valid grown.csv mail.csv
	ns-fit -q decision-tree -t y --valid mail.csv grown.csv >model.ns
	[[ $(meta rows model.ns) == 6 && $(meta numbers model.ns) == x$'\t'z ]]
	sed 's/,1$/,0/' grown.csv | ns-fit -q decision-tree -t y --cv 2 >model.ns
}

@test "a validation table must have passed the training table's stages" {
	ns-scale -q -t y -w scale.ns -O arrow mail.csv >scaled.arrow
	fails 1 '^ns-fit: mail\.csv has passed no stages, the training table scale: a model can be judged only on rows prepared alike$' \
		ns-fit decision-tree -t y --positive spam --valid mail.csv scaled.arrow
	ns-fit decision-tree -t y --positive spam --valid scaled.arrow --report one.csv scaled.arrow >model.ns
	ns-fit decision-tree -t y --positive spam -m scale.ns --valid mail.csv --report two.csv mail.csv >bundle.ns
	cmp one.csv two.csv
	cat scale.ns model.ns | cmp bundle.ns
}

@test "a model is not a stage to learn behind" {
	ns-fit decision-tree -t y mail.csv >model.ns
	fails 2 '^ns-fit: -m: the bundle holds a model already; give the stages in front of it alone$' ns-fit decision-tree -t y -m model.ns mail.csv
}

@test "calls that do not say what they want" {
	fails 2 "^ns-fit: needs 1 operand, not 0 \(see 'ns-fit --help'\)$" ns-fit -t y <mail.csv
	fails 2 "^ns-fit: unknown learner 'random-forrest' \(did you mean 'random-forest'\?\)$" ns-fit random-forrest -t y mail.csv
	fails 2 "^ns-fit: decision-tree has no parameter 'max_dept' \(did you mean 'max_depth'\?\)$" ns-fit decision-tree -t y -p max_dept=1 mail.csv
	fails 2 '^ns-fit: 2 candidates: --cv K or --valid FILE must say how to score them$' ns-fit decision-tree -t y -p max_depth=1,2 mail.csv
	fails 2 '^ns-fit: --report: --cv K or --valid FILE must say how to score candidates$' ns-fit decision-tree -t y --report - mail.csv
	fails 2 '^ns-fit: --cv and --valid both say how to score candidates: give one$' ns-fit decision-tree -t y --cv 2 --valid mail.csv mail.csv
	fails 2 '^ns-fit: --group-identical is about folds: it needs --cv K$' ns-fit decision-tree -t y --group-identical mail.csv
	fails 2 "^ns-fit: unknown metric 'f2' \(did you mean 'f1'\?\)$" ns-fit decision-tree -t y --score f2 mail.csv
	fails 2 '^ns-fit: no target given: -t NAME says which column is the label$' ns-fit decision-tree mail.csv
	fails 2 "^ns-fit: --positive: target 'y' has no class 'eggs'$" ns-fit decision-tree -t y --positive eggs mail.csv
	fails 2 '^$' script -qefc 'ns-fit decision-tree -t y mail.csv' /dev/null
	[[ $stdout == *'a model is not for a terminal: redirect it, > model.ns'* ]]
}

@test "data that cannot be learnt from" {
	fails 1 "^ns-fit: mail\.csv: no column 'Y' \(did you mean 'y'\?\)$" ns-fit decision-tree -t Y mail.csv
	fails 1 "^ns-fit: mail\.csv: column 'y' is text, learners take numbers \(ns-encode it, or leave it out: -x 'y'\)$" ns-fit decision-tree -t x mail.csv
	sed '3s/,5/,/' mail.csv >holes.csv
	fails 1 "^ns-fit: holes\.csv: column 'z': 1 of 6 values are missing \(ns-impute fills them\)$" ns-fit logistic-regression -t y holes.csv
	fails 1 "^ns-fit: class 'ham' has 3 rows, fewer than the 4 folds \(a smaller --cv, or leave the class out\)$" ns-fit decision-tree -t y --positive spam --cv 4 mail.csv
	head -n 2 mail.csv >one.csv
	fails 1 '^ns-fit: roc_auc is undefined on the rows held out, for every candidate \(another --score\)$' \
		ns-fit decision-tree -t y --valid one.csv --score roc_auc mail.csv
}

@test "nothing is left behind where fitting fails" {
	sed '3s/,5/,/' mail.csv >holes.csv
	fails 1 missing ns-fit logistic-regression -t y --cv 2 --report report.csv holes.csv
	[[ ! -e report.csv && ! -s .stdout ]]
}

@test "numbers beyond NS_SPOOL megabytes lie in a temporary file: the same model, and a full disk is said" {
	ns-fit random-forest -t Result -p n_estimators=4 small.csv >held.ns
	NS_SPOOL=0.01 ns-fit random-forest -t Result -p n_estimators=4 <small.csv | cmp - held.ns
	NS_SPOOL=0.01 ns-fit random-forest -t Result -p n_estimators=4,8 --cv 2 --report spooled.csv small.csv >spooled.ns
	ns-fit random-forest -t Result -p n_estimators=4,8 --cv 2 --report held.csv small.csv | cmp - spooled.ns
	cmp held.csv spooled.csv
	fails 2 "^ns-fit: temporary file in /none: No such file or directory$" env NS_SPOOL=0.01 TMPDIR=/none ns-fit random-forest -t Result "$sample"
	fails 2 "^ns-fit: temporary file in $PWD \(TMPDIR names another folder\): File too large$" \
		env NS_SPOOL=0.01 TMPDIR="$PWD" bash -c 'ulimit -f 100; ns-fit random-forest -t Result "$1"' - "$sample"
	fails 2 "^ns-fit: NS_SPOOL: '-1' is not a number of megabytes$" env NS_SPOOL=-1 ns-fit random-forest -t Result small.csv
}
