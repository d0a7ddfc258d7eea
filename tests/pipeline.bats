#!/usr/bin/env bats
# pipeline.mk: honest, incremental, one build at a time, and a failure that says what and where.
load helper

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$DATA/phishing-sample.csv" data.csv
	touch -d 2026-01-02T03:04:05Z data.csv # not a file of this very moment
	# Small grids: what is tested is the wiring.
	printf '%s\n' 'FAMILIES = logistic-regression decision-tree' 'GRID_logistic-regression = -p C=1' 'CV = 2' \
		'GRID_decision-tree = -p max_depth=2,4' "SCHEMA = $ROOT/schema/phishing.yaml" "DATA = data.csv" >netsec.mk
}

build()
{
	make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model "$@" >out 2>err
}

# The steps that ran, in one line.
steps()
{
	sed -n 's/^  \([a-z0-9/-]*\)$/\1/p' err | sort | tr '\n' ' '
}

@test "a build leaves a bundle, metrics, reports and a status, and says what it found" {
	build
	[[ $(jq -r .state artifacts/status.json) == 'done' && $(jq .exit artifacts/status.json) == 0 ]]
	jq -e '.positive == "-1" and .f1 > 0.8 and .rows > 300' artifacts/metrics.json
	for word in Candidates Chosen 'positive class -1' precision 'random split' 'ns-predict artifacts/pipeline.ns'; do
		grep -q -- "$word" out
	done
	[[ $(grep -n precision out | cut -d: -f1) -lt $(grep -n '  recall' out | cut -d: -f1) ]]
	ns-predict --only artifacts/pipeline.ns <data.csv >answers.csv
	[[ $(head -n 1 answers.csv) == prediction,label,probability_-1,probability_1 && $(wc -l <answers.csv) == 2001 ]]
	[[ $(ns-convert --metadata artifacts/pipeline.ns | grep -c '^ns:stage: ') -ge 2 ]]
}

# ran STEPS: just these ran; else which did, and how the time stamps stand.
ran()
{
	[[ $(steps) == "$1" ]] || {
		cat err
		stat -c '%n %y %i' data.csv
		ls -l --time-style=full-iso artifacts artifacts/.done
		return 1
	}
}

@test "nothing to do; touched; the same bytes anew: nothing is learnt again" {
	build
	build
	ran ''
	touch data.csv
	build
	ran 'export '
	cp data.csv other.csv
	build DATA=other.csv
	ran 'export '
}

@test "a clock that was set back, or runs apart: what changed is made again, what did not is not" {
	build
	touch -d '+1 hour' artifacts/.done/validate artifacts/.done/export
	head -n 1901 "$DATA/phishing-sample.csv" >data.csv
	build
	[[ $(steps) == *export* && $(steps) == *validate* && $(steps) == *evaluate* ]]
	touch -d '+1 hour' artifacts/valid.arrow
	build
	[[ $(steps) == 'random/split split ' ]]
	build
	ran ''
}

@test "a changed grid trains that family alone, a changed CV= all of them, changed data everything" {
	build
	build 'GRID_decision-tree=-p max_depth=2,3'
	[[ $(steps) == *fold-1/decision-tree\ fold-2/decision-tree\ * && $(steps) != *logistic* && $(steps) != *prepare* ]]
	build CV=3
	[[ $(steps) == *fold-3/logistic-regression* && $(steps) == *fold-1/decision-tree* && $(steps) != *export* ]]
	head -n 1901 "$DATA/phishing-sample.csv" >data.csv
	build
	[[ $(steps) == *export* && $(steps) == *validate* && $(steps) == *evaluate* ]]
}

@test "a list of models says families and grids; what changes in it is searched anew, and nothing else" {
	sed -i '/FAMILIES/d; /GRID/d' netsec.mk
	printf 'models:\n  logistic-regression:\n    C: 1\n  decision-tree:\n    max_depth: [2, 4]\n' >models.yaml
	build MODELS=models.yaml
	[[ $(ns-convert -c learner,params artifacts/candidates.csv | tail -n +2 | sort | paste -sd /) == decision-tree,max_depth=2/decision-tree,max_depth=4/logistic-regression,C=1 ]]
	sed -i 's/4/3/' models.yaml
	build MODELS=models.yaml
	[[ $(steps) == *fold-1/decision-tree\ fold-2/decision-tree\ * && $(steps) != *logistic* && $(steps) != *prepare* ]]
	build MODELS=models.yaml 'GRID_decision-tree=-p max_depth=5' FAMILIES=decision-tree
	[[ $(ns-convert -c learner,params artifacts/candidates.csv | tail -n +2) == decision-tree,max_depth=5 ]]
}

@test "a mistake in the list of models is said before anything is made" {
	printf 'models:\n  decision-tree:\n    max_dept: 2\n' >models.yaml
	run ! build MODELS=models.yaml
	grep -q "^ns-fit: models.yaml:3: decision-tree has no parameter 'max_dept' (did you mean 'max_depth'?)$" err
	jq -e '.state == "failed" and .step == "models" and .exit == 2' artifacts/status.json
	[[ $(steps) == '' && ! -e artifacts/table ]]
}

@test "no model that reaches the base score, or a gap: the build says so" {
	run ! build BASE_SCORE=0.999
	jq -e '.step == "select" and .exit == 1' artifacts/status.json
	[[ $(jq -r .message artifacts/status.json) == "ns-select: no model reaches f1 0.999: the best, '"* && ! -e artifacts/pipeline.ns ]]
	build GAP=0
	grep -q 'on the rows learnt from and .* on those held out: more than 0 apart$' err
	run ! build GAP=0 GAP_ACTION=refuse FAMILIES=logistic-regression
	[[ $(jq -r .step artifacts/status.json) == select ]]
}

@test "the same input gives the same bundle, side by side or one after the other" {
	build OUT=one -j1
	build OUT=two -j4
	build OUT=three JOBS=3
	cmp one/pipeline.ns three/pipeline.ns
	cmp one/pipeline.ns two/pipeline.ns
	cmp one/metrics.json two/metrics.json
}

@test "the bundle before stays as pipeline.previous.ns" {
	build
	cp artifacts/pipeline.ns before.ns
	head -n 1501 "$DATA/phishing-sample.csv" >data.csv
	build
	cmp before.ns artifacts/pipeline.previous.ns
	run cmp -s before.ns artifacts/pipeline.ns
	[[ $status == 1 ]]
}

@test "killed anywhere, then built again: the same bundle" {
	build OUT=reference
	for delay in 0.1 0.3 0.6 1.0; do
		rm -rf artifacts
		setsid make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model >/dev/null 2>&1 &
		sleep "$delay"
		kill -9 -- "-$!" 2>/dev/null || true
		wait "$!" 2>/dev/null || true
		build
		cmp reference/pipeline.ns artifacts/pipeline.ns
	done
}

@test "told to end: status.json says that it was interrupted, and the next build goes on" {
	build
	cp artifacts/pipeline.ns whole.ns
	mkdir slow
	ln -s "$NS_BUILD"/ns-* slow
	rm slow/ns-select
	printf '#!/bin/sh\nexec sleep 60\n' >slow/ns-select
	chmod +x slow/ns-select
	local signal
	for signal in TERM HUP; do
		rm -r artifacts err
		setsid make -s -f "$ROOT/pipeline.mk" NS_BIN="$PWD/slow" model >out 2>err 3>&- &
		until grep -qsx '  select' err; do sleep 0.01; done
		kill "-$signal" -- "-$!"
		run ! wait "$!"
		flock artifacts/.lock true
		jq -e '.state == "failed" and .step == "make" and .exit > 128 and .message == "interrupted"' artifacts/status.json
	done
	build
	cmp artifacts/pipeline.ns whole.ns
}

@test "two at once: the second waits, and both end well" {
	build &
	sleep 0.2
	make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model >out2 2>err2
	wait "$!"
	cmp out out2
	[[ $(jq -r .state artifacts/status.json) == 'done' ]]
}

@test "an output that is gone is made again" {
	build
	rm artifacts/model.ns artifacts/fold-1/decision-tree.csv
	build
	[[ -s artifacts/model.ns && -s artifacts/fold-1/decision-tree.csv && $(steps) == *fit* ]]
}

@test "blanks in DATA work" {
	mkdir 'my data'
	cp data.csv 'my data/a table.csv'
	build DATA='my data/a table.csv'
	[[ -s artifacts/pipeline.ns ]]
}

@test "no schema: one is inferred, shown, kept and used from then on" {
	sed -i /SCHEMA/d netsec.mk
	sed -i '1s/Redirect/Redirects/' data.csv
	run ! build
	grep -q 'which column is to be predicted?' err
	jq -e '.step == "schema" and .exit == 2' artifacts/status.json
	build TARGET=Result POSITIVE=-1
	[[ -s artifacts/schema.yaml ]]
	grep -q 'guessed: artifacts/schema.yaml says what each column is' err
	sed -i 's/^\( *\)port:/\1port: # mine/' artifacts/schema.yaml
	build TARGET=Result POSITIVE=-1
	grep -q '# mine' artifacts/schema.yaml
	sed -i '1s/port/harbour/' data.csv
	run ! build TARGET=Result
	grep -q 'said by artifacts/schema.yaml, guessed earlier' err
}

@test "a preparation step, or all of them, can be left out" {
	build IMPUTE=none ENCODE=none
	[[ $(ns-convert --metadata artifacts/pipeline.ns | grep -c '^ns:stage: ') == 2 && ! -e artifacts/fold-1/impute.ns ]]
	build IMPUTE=none ENCODE=none SCALE=none FAMILIES=decision-tree
	[[ $(ns-convert --metadata artifacts/pipeline.ns | grep -c '^ns:stage: ') == 1 ]]
	jq -e '.f1 > 0.8' artifacts/metrics.json
}

@test "balancing grows what a fold learns from, never what scores it or tests" {
	build BALANCE='--method smote-tomek --strategy minority'
	[[ $(ns-convert -c ns:synthetic artifacts/fold-1/train.arrow | grep -c '^1$') -gt 50 ]]
	build BALANCE='-p k_neighbors=3'
	[[ $(steps) == *fold-1/prepare* && $(steps) != *split* ]]
	ns-convert -c ns:synthetic artifacts/fold-1/train.arrow | grep -q '^1$'
	for part in fold-1/valid fold-2/valid test random/test predictions; do
		[[ $(ns-convert --types artifacts/$part.arrow) != *ns:synthetic* ]]
	done
}

@test "no schema, but the columns of one that came with netsec" {
	sed -i /SCHEMA/d netsec.mk
	build FAMILIES=decision-tree
	cmp artifacts/schema.yaml "$ROOT/schema/phishing.yaml"
	grep -q 'guessed: these are the columns of phishing.yaml' err
	jq -e '.positive == "-1"' artifacts/metrics.json
	build FAMILIES=decision-tree OUT=other TARGET=port
	run ! cmp -s other/schema.yaml "$ROOT/schema/phishing.yaml"
}

@test "text columns, text labels and missing values" {
	sed -i '/SCHEMA/d; /FAMILIES/d' netsec.mk
	awk 'BEGIN { print "id,proto,bytes,flag,label"; split("tcp udp icmp", p, " ");
		for (i = 0; i < 900; i++) { x = int(i * 7919 % 1000) * 13 / 4; k = p[i % 3 + 1];
			print "r" i "," (i % 11 ? k : "") "," (i % 13 ? x : "NA") "," i % 2 "," ((x > 1600) == (k == "tcp") ? "attack" : "normal") } }' >data.csv
	build TARGET=label POSITIVE=attack FAMILIES=random-forest GRID_random-forest='-p n_estimators=16'
	jq -e '.positive == "attack" and .f1 > 0.8' artifacts/metrics.json
	grep -q 'guessed: column id is left out: ' err
	printf 'proto,bytes,flag,id\nudp,10,1,new\nsctp,,0,newer\n' | ns-predict artifacts/pipeline.ns >answers.csv
	[[ $(wc -l <answers.csv) == 3 && $(head -n 1 answers.csv) == proto,bytes,flag,id,prediction,probability_attack,probability_normal ]]
}

@test "another delimiter, infinities, classes that hold commas, no positive class" {
	sed -i '/SCHEMA/d' netsec.mk
	awk 'BEGIN { print "bytes;rate;kind"; for (i = 0; i < 600; i++)
		print i % 50 * 7 ";" (i % 40 ? i * 37 % 101 : "Infinity") ";" (i % 50 > 20 ? "a, b" : i % 50 > 8 ? "c|d" : "e") }' >data.csv
	build DELIMITER=';' TARGET=kind FAMILIES=decision-tree
	jq -e '.positive == null and .accuracy > 0.9' artifacts/metrics.json
	grep -qE '^  a, b +[0-9]+ +0 +0$' out
	grep -q 'means over the classes: POSITIVE=CLASS has them for one' out
}

# A census like UCI's in raw.csv and test.csv, told of by netsec.mk alone.
census()
{
	cp "$DATA/census-sample.csv" raw.csv
	cp "$DATA/census-sample-test.csv" test.csv
	cat >netsec.mk <<-'EOF'
		DATA = raw.csv
		INPUT = --trim --na '?' --on-error skip -H --names age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,capital-gain,capital-loss,hours-per-week,native-country,income
		TARGET = income
		POSITIVE = >50K
		CV = 2
		FAMILIES = gradient-boosting
		GRID_gradient-boosting = -p n_estimators=64
	EOF
}

@test "INPUT: how raw values are to be read, for the schema and all the rest" {
	census
	build
	same "    values: ['<=50K', '>50K']" grep 'values: .*50K' artifacts/schema.yaml
	[[ $(ns-convert -c workclass artifacts/valid.arrow | grep -c '?') == 0 ]]
	jq -e '.positive == ">50K" and .roc_auc > 0.8' artifacts/metrics.json
	build
	ran ''
	run ! build INPUT="--trim -H --names $(sed -n 's/.*--names //p' netsec.mk)"
	ran 'export validate '
	grep -q "column 'workclass': '?' is none of the values allowed" err
	# other words for missing, columns taken as text, and another delimiter, in a file that has a header
	(echo 'ip;port;bytes;label'; for ((i = 0; i < 300; i++)); do echo " $((i % 7)) ; none$((i % 2));$((i % 97));$((i % 7 > 3))"; done) >raw.csv
	build OUT=other INPUT="-d ';' --na=none1 --trim --text ip,port" TARGET=label POSITIVE=1
	same 'column,type\nip,utf8\nport,utf8\nbytes,float64\nlabel,float64' ns-convert --types other/valid.arrow
	same 'port\nnone0\n""\nnone0' ns-convert -c port --head 3 other/valid.arrow
}

@test "TEST_DATA: a given test part; all of DATA is learnt from" {
	census
	tail -n +2 "$DATA/census-sample-test.csv" | sed 's/\.$//' >test.csv
	build TEST_DATA=test.csv
	jq -e '.rows == 1500 and .roc_auc > 0.8' artifacts/metrics.json
	cmp artifacts/train.arrow artifacts/valid.arrow
	grep -q '^The test part is test.csv\.$' out
	[[ ! -e artifacts/random && $(grep -c 'random split' out) == 0 ]]
	build TEST_DATA=test.csv
	ran ''
	(echo '|not a record'; head -n 500 test.csv) >other.csv
	build TEST_DATA=other.csv
	ran 'evaluate predict split summary test-export test-validate '
	jq -e '.rows == 500' artifacts/metrics.json
	build # a share of DATA, and the given one again: never the one's test part beside the other's training part
	jq -e '.rows > 500 and .rows < 700' artifacts/metrics.json
	build TEST_DATA=other.csv
	jq -e '.rows == 500' artifacts/metrics.json
	cmp artifacts/train.arrow artifacts/valid.arrow
	sed -i '7s/<=50K/a little/' other.csv
	run ! build TEST_DATA=other.csv
	jq -e '.step == "test-validate" and .exit == 1' artifacts/status.json
	fails 2 "TEST_DATA: cannot read 'nofile.csv'" make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model TEST_DATA=nofile.csv
}

@test "WEIGHT: rows count by it in learning, and no stage has it as a feature" {
	census
	build WEIGHT=fnlwgt
	ns-convert --metadata artifacts/pipeline.ns >metadata
	grep -q '^ns:numbers: .*capital-gain' metadata
	grep -q '^ns:weight: fnlwgt$' metadata
	run ! grep -qE '^ns:(numbers|features|outputs):.*fnlwgt' metadata
	[[ $(ns-convert -c fnlwgt --head 3 artifacts/prepared.arrow) == $(ns-convert -c fnlwgt --head 3 artifacts/train.arrow) ]]
	build OUT=other
	run ! cmp -s artifacts/model.ns other/model.ns
	grep -q '"roc_auc"' artifacts/metrics.json
}

@test "a census by configuration alone: raw files, given test part, weights, every stage" {
	census
	cat >>netsec.mk <<-'EOF'
		TEST_DATA = test.csv
		CLEAN = "income = trim(income, '.')"
		WEIGHT = fnlwgt
		DERIVE = 'capital = log1p(`capital-gain`) - log1p(`capital-loss`)'
		IMPUTE = --strategy median --text-strategy constant --text-fill unknown
		ENCODE = --strategy one-hot --min-frequency 20 --use target=native-country,occupation -p cv=4
		SCALE = --strategy robust --use min-max=age
	EOF
	build
	jq -e '.rows == 1500 and .positive == ">50K" and .roc_auc > 0.8' artifacts/metrics.json
	[[ $(ns-convert --metadata artifacts/pipeline.ns | sed -n 's/^ns:stage: //p' | paste -sd' ') == 'derive impute encode scale model' ]]
	grep -q '^test.csv:1: 1 field where the list of names has 15' <(sed 's/^ns-export: .*the first: //' artifacts/logs/test-export.log)
	build
	ran ''
	# the raw row is all that the bundle needs, and the same bits come from rows prepared by hand
	ns-predict --only -O csv artifacts/pipeline.ns artifacts/test.arrow >raw
	ns-derive -m artifacts/derive.ns artifacts/test.arrow | ns-impute -m artifacts/impute.ns | ns-encode -m artifacts/encode.ns |
		ns-scale -m artifacts/scale.ns | ns-predict --only -O csv artifacts/model.ns | cmp - raw
}

@test "CLEAN puts raw records right in front of everything; a changed one makes anew what depends on it" {
	sed -i '1!s/$/x/' data.csv
	run ! build
	jq -e '.step == "validate"' artifacts/status.json
	build CLEAN="\"Result = number(trim(Result, 'x'))\""
	jq -e '.positive == "-1" and .f1 > 0.8' artifacts/metrics.json
	build CLEAN="\"Result = number(trim(Result, 'x'))\""
	ran ''
	build CLEAN="'Result = number(replace(Result, \"x\", \"\"))'" # the same table by other means
	ran 'export '
	run ! build CLEAN="'Result = trim(Resultat)'"
	jq -e '.step == "export" and .exit == 2' artifacts/status.json
	grep -q "Resultat" err
}

@test "DERIVE makes features inside the bundle; quotes, signs of the shell and of make come through" {
	cat >>netsec.mk <<-'EOF'
		DERIVE = --drop-constant 'both = port * SFH' '`hash \# dollar` = if(contains(text(port), "\#"), 1, 1) + port * count("a\# $$b,(", "\#$$,")' 'unit = 7' "`printf 'plain'` = port = 1 or SFH < 0"
	EOF
	build
	for part in prepared fold-1/train fold-1/valid fold-2/train; do
		ns-convert --types artifacts/$part.arrow | grep -qx 'both,float64'
		ns-convert --types artifacts/$part.arrow | grep -qx 'plain,float64'
		ns-convert --types artifacts/$part.arrow | grep -qx 'hash # dollar,float64'
		run ! grep -q unit <(ns-convert --types artifacts/$part.arrow)
	done
	ns-convert -c column,why artifacts/derive.ns | grep -qx 'unit,constant'
	ns-convert -c expression artifacts/derive.ns | grep -qF '+ port * count(""a# $b,("", ""#$,"")'
	cp artifacts/pipeline.ns before.ns
	build
	ran ''
	sed -i /DERIVE/d netsec.mk
	build DERIVE="--drop-constant 'both = port * SFH' '\`hash # dollar\` = if(contains(text(port), \"#\"), 1, 1) + port * count(\"a# \$\$b,(\", \"#\$\$,\")' 'unit = 7' 'plain = port = 1 or SFH < 0'"
	cmp before.ns artifacts/pipeline.ns
	build DERIVE="'both = port + SFH'"
	[[ $(steps) == *fold-1/prepare* && $(steps) == *' prepare '* && $(steps) != *split* ]]
	run ! build DERIVE="'both = port + '"
	jq -e '.exit == 2' artifacts/status.json
	grep -q "the expression ends where a value should stand" err
}

@test "EXPRESSIONS: features from a file; what changes in it is made anew" {
	printf '# ours\nboth = port * SFH\ntwice = 2 * both\n' >features
	build EXPRESSIONS=features DERIVE='--drop port'
	same 'column,action\nboth,derive\ntwice,derive\nport,drop' ns-convert -c column,action artifacts/derive.ns
	touch features
	build EXPRESSIONS=features DERIVE='--drop port'
	ran 'expressions '
	sed -i 's/2 \*/3 */' features
	build EXPRESSIONS=features DERIVE='--drop port'
	[[ $(steps) == *expressions*fold-1/prepare*fold-2/prepare*' prepare '* && $(steps) != *export* && $(steps) != *split* ]]
	ns-convert -c column,expression artifacts/derive.ns | grep -q '^twice,.*3 \* both'
	fails 2 "EXPRESSIONS: cannot read 'nofile'" make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model EXPRESSIONS=nofile
}

@test "categories that keep their column's name are numbers from then on, whatever the schema says of raw tables" {
	census
	build ENCODE='--strategy ordinal' BASE_SCORE=0.5
	jq -e '.roc_auc > 0.8' artifacts/metrics.json
	build ENCODE='--strategy target' BASE_SCORE=0.5
	jq -e '.roc_auc > 0.8' artifacts/metrics.json
	same 'column,type\nage,float64\nworkclass,float64' bash -c 'ns-convert --types artifacts/prepared.arrow | head -n 3'
}

@test "THREADS says how many a tool has; nothing is made again for it" {
	build OUT=one THREADS=1
	build OUT=two
	cmp one/pipeline.ns two/pipeline.ns
	build OUT=two THREADS=2
	ran ''
	run ! build OUT=three THREADS=none
	grep -q "none" err
}

@test "data at fault: status.json names step, exit status and message" {
	sed -i '5s/^[-01]*,/abc,/' data.csv
	run ! build
	jq -e '.state == "failed" and .step == "validate" and .exit == 1' artifacts/status.json
	[[ $(jq -r .message artifacts/status.json) == ns-validate:* ]]
	[[ -s artifacts/validation.yaml || -s artifacts/logs/validate.log ]]
	[[ ! -e artifacts/pipeline.ns ]]
}

@test "a wrong call is refused before anything is made" {
	fails 2 'cannot read .nofile.csv' make -s -f "$ROOT/pipeline.mk" model DATA=nofile.csv
	fails 2 'which data\?' make -s -f "$ROOT/pipeline.mk" model DATA=
	fails 2 'OUT may not hold blanks' make -s -f "$ROOT/pipeline.mk" model OUT='a b'
	[[ ! -e artifacts ]]
}

@test "a collection in place of DATA: calls that cannot be meant are refused, and no password is repeated" {
	model()
	{
		env -u DATA make -s -f "$ROOT/pipeline.mk" NS_BIN="$NS_BUILD" model "$@"
	}
	fails 2 'DATA and DATABASE: ' model DATABASE=net COLLECTION=sites
	sed -i /DATA/d netsec.mk
	fails 2 "which collection of 'net'\?" model DATABASE=net
	fails 2 "which database has 'sites'\?" model COLLECTION=sites
	fails 2 'DELIMITER, -H and --names say how a file is read' model DATABASE=net COLLECTION=sites DELIMITER=';'
	fails 2 'DELIMITER, -H and --names say how a file is read' model DATABASE=net COLLECTION=sites INPUT='--trim --names a,b'
	fails 2 'EXPORT: quotes that do not match' model DATABASE=net COLLECTION=sites EXPORT="--query '{"
	fails 2 'EXPORT: --uri is for the build to say \(MONGODB_URI' model DATABASE=net COLLECTION=sites EXPORT='--sample 9 --uri mongodb://me:hush@h/'
	[[ $stderr != *hush* ]]
	fails 2 "FULL: 'yes' is neither 1 nor 0" model DATABASE=net COLLECTION=sites FULL=yes
	local uri
	for uri in mongodb://me:hush@h/ mongodb+srv://me:hu%2Fsh@h/ 'mongodb://m:hu/sh@h:1/net' 'mongodb://h/?tls=true&tlsCertificateKeyFilePassword=hush'; do
		fails 2 'MONGODB_URI: no password on make.s command line.*MONGODB_URI=@FILE' model DATABASE=net COLLECTION=sites MONGODB_URI="$uri"
		[[ $stdout$stderr != *hu*sh* ]]
	done
	fails 2 'FULL: a file is always read whole' model DATA=data.csv FULL=1
	fails 2 'MONGO_DB_URL: no password' model DATABASE=net COLLECTION=sites MONGO_DB_URL=mongodb://me:hush@h/
	echo 'MONGODB_URI = mongodb://me:hush@h/' >>netsec.mk
	fails 2 'MONGODB_URI: no password on make.s command line, nor in netsec.mk' model DATABASE=net COLLECTION=sites
	[[ ! -e artifacts ]]
}

@test "WEIGHT and BALANCE: rows that are added would have no weight, rows may be taken away" {
	awk -F, -v OFS=, '{ print (NR > 1 ? 1 + NR % 3 : "weight"), $0 }' data.csv >weighted.csv
	fails 2 'WEIGHT: rows that BALANCE adds have no weight' \
		make -s -f "$ROOT/pipeline.mk" model DATA=weighted.csv SCHEMA= WEIGHT=weight BALANCE='--method smote-tomek'
	[[ ! -e artifacts ]]
	build DATA=weighted.csv SCHEMA= TARGET=Result WEIGHT=weight BALANCE='--method random-under'
	build DATA=weighted.csv SCHEMA= TARGET=Result WEIGHT=weight BALANCE='--strategy all --method tomek'
	build DATA=weighted.csv SCHEMA= TARGET=Result WEIGHT=weight BALANCE=none
}

@test "a wrong call where a build is already: status.json says so, and all else stays" {
	build
	for wrong in CV=1 CV=two JOBS=0 SCHEMA=nofile.yaml DATA=nofile.csv TEST_DATA=. EXPRESSIONS=nofile; do
		run ! build "$wrong"
		grep -q "^make model: ${wrong%%=*}: " err
		jq -e --arg name "${wrong%%=*}" '.state == "failed" and .step == "call" and .exit == 2 and (.message | contains($name))' artifacts/status.json
	done
	build
	ran ''
	[[ $(jq -r .state artifacts/status.json) == 'done' ]]
}

@test "what CLEAN leaves out may not be learnt: it sees the test part" {
	fails 2 'CLEAN: --drop-correlated learns from all rows' make -s -f "$ROOT/pipeline.mk" model CLEAN='--drop-correlated 0.9'
	build CLEAN='--drop port' SCHEMA= TARGET=Result
}

@test "names and classes may hold quotes" {
	sed -i "1s/Result/what it's/; s/,-1\$/,isn't/" data.csv
	build SCHEMA= TARGET="what it's" POSITIVE="isn't"
	jq -e '.positive == "isn'"'"'t"' artifacts/metrics.json
	grep -q '^what it' <(ns-convert -O csv artifacts/train.arrow | head -n 1 | tr , '\n')
}

@test "classes of a few rows: the message says what to do, and CLEAN does it" {
	sed -i '1s/port/gate/; 5s/,[-01]*$/,7/' data.csv
	run ! build SCHEMA= TARGET=Result TEST=0
	grep -q "class '7' does not occur in the training table (where it has too few rows to be in every part" err
	rm -r artifacts
	build SCHEMA= TARGET=Result CLEAN='"Result = if(Result in (7, 1), 1, Result)"'
	[[ $(jq -r .state artifacts/status.json) == 'done' ]]
}

@test "fields that do not part: the build says which variable does it" {
	tr , ';' <data.csv >semicolons.csv
	run ! build DATA=semicolons.csv SCHEMA= TARGET=Result
	grep -q "^make model: DELIMITER=';', or tab, says" err
	build DATA=semicolons.csv SCHEMA= TARGET=Result DELIMITER=';'
}

@test "a guessed target of many values, a bar that nothing reaches: the build says what to do" {
	awk -F, -v OFS=, '{ print $0, (NR > 1 ? NR % 150 : "amount") }' data.csv >wide.csv
	run ! build DATA=wide.csv SCHEMA= TARGET=amount FAMILIES=decision-tree BASE_SCORE=0.9
	grep -q '^guessed: the target has 150 different values: is it the label?' err
	run ! build BASE_SCORE=1 OUT=other
	grep -q '^make model: BASE_SCORE=0 takes the best' err
	jq -e '.step == "select" and (.message | startswith("ns-select: no model reaches"))' other/status.json
}

@test "the real set: phishing is what is reported" {
	real_set
	build DATA="$NETSEC_PHISHING_CSV" FAMILIES=random-forest GRID_random-forest='-p n_estimators=64'
	jq -e '.positive == "-1" and .f1 > 0.93 and .f1 < 0.97' artifacts/metrics.json
}
