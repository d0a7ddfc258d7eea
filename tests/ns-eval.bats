#!/usr/bin/env bats
# ns-eval: predictions and their truth in, metrics out.
load helper

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	cat >predictions.csv <<-'END'
		id,Result,prediction,probability_-1,probability_1
		a,-1,-1,0.9,0.1
		b,1,1,0.2,0.8
		c,1,-1,0.6,0.4
		d,-1,-1,0.7,0.3
	END
}

# value METRIC [CLASS]: that row's value in the file `metrics`.
value()
{
	awk -F, -v metric="$1" -v class="${2:-}" '$1 == metric && $2 == class { print $3 }' metrics
}

@test "the manual's example" {
	ns-fit decision-tree -t Result <"$DATA/phishing-sample.csv" >pipeline.ns
	cp "$DATA/phishing-sample.csv" test.csv
	ns-predict pipeline.ns < test.csv | ns-eval -t Result --positive -1 --require 'f1>=0.9' >metrics
	[[ $(value rows) == 2000 ]]
}

@test "metrics of the whole, of each class, and the confusion matrix" {
	ns-eval -t Result --positive -1 predictions.csv >metrics
	[[ $(head -n 1 metrics) == metric,class,value ]]
	[[ $(value rows) == 4 && $(value accuracy) == 0.75 && $(value f1) == 0.8 && $(value roc_auc) == 1 && $(value brier) == 0.125 ]]
	[[ $(value recall 1) == 0.5 && $(value support -1) == 2 && $(value predicted_-1 1) == 1 && $(value predicted_1 -1) == 0 ]]
}

@test "every metric is scikit-learn's" {
	tail -n +2 "$DATA/metrics/expected.csv" | while IFS=, read -r case _ positive metric value; do
		[[ -e $case.metrics ]] || ns-eval -q -t truth ${positive:+$([[ $positive == -1 ]] || echo --positive "$positive")} "$DATA/metrics/$case.csv" >"$case.metrics"
		awk -F, -v metric="$metric" -v value="$value" -v case="$case" '
			function far(a, b) { return a - b > 1e-12 || b - a > 1e-12 }
			$1 == metric && $2 == "" { found = 1; bad = value == "nan" ? $3 != "" : far($3, value) }
			END { if (bad || !found) { print case, metric, value; exit 1 } }' "$case.metrics"
	done
}

@test "JSON has the documented keys" {
	ns-eval -t Result --positive 1 --json <predictions.csv >metrics.json
	jq -e '.rows == 4 and .positive == "1" and .f1 == .classes["1"].f1 and .classes["-1"].support == 2
		and .confusion == {labels: ["-1", "1"], matrix: [[2, 0], [1, 1]]} and .macro.support == 4' metrics.json
	[[ $(jq -c keys_unsorted metrics.json) == '["rows","positive","accuracy","balanced_accuracy","precision","recall","f1","classes","macro","weighted","roc_auc","pr_auc","log_loss","brier","mcc","confusion"]' ]]
	cut -d, -f2,3 predictions.csv | ns-eval -q -t Result --json | jq -e '.positive == null and .roc_auc == null and .accuracy == 0.75'
}

@test "requirements: exit 1, a line for each that fails, and the metrics all the same" {
	fails 1 $'^ns-eval: f1 is 0.8, required: f1>=0.9\nns-eval: mcc is 0.5773502691896258, required: mcc>0.6$' \
		ns-eval -q -t Result --positive -1 --require 'f1>=0.9' --require 'accuracy >= 0.75' --require 'mcc>0.6' predictions.csv
	[[ $stdout == *'accuracy,,0.75'* ]]
	fails 2 "^ns-eval: --require 'f2>1': no metric 'f2' \(did you mean 'f1'\?\)$" ns-eval -t Result --require 'f2>1' predictions.csv
	ns-eval -t Result --positive -1 --require 'f1>=0.8' --require 'log_loss<0.5' predictions.csv >/dev/null
}

@test "the wrong rows, with all their columns" {
	ns-eval -q -t Result --errors wrong.csv predictions.csv >/dev/null
	printf 'id,Result,prediction,probability_-1,probability_1\nc,1,-1,0.6,0.4\n' | cmp - wrong.csv
	grep -v ^c predictions.csv | ns-eval -q -t Result --errors wrong.csv >/dev/null
	[[ $(cat wrong.csv) == id,Result,prediction,probability_-1,probability_1 ]]
}

@test "without a positive class f1 is macro F1, and stderr says so" {
	fails 0 '^ns-eval: no positive class known: precision, recall and f1 are the mean over classes \(--positive names one\)$' ns-eval -t Result predictions.csv
	printf '%s\n' "$stdout" >metrics
	[[ $(value f1) == "$(value f1_macro)" ]]
	fails 2 "^ns-eval: --positive: '0' is none of the classes of 'Result'$" ns-eval -t Result --positive 0 predictions.csv
}

@test "the positive class of the schema" {
	printf 'target: Result\npositive: -1\nextra: allow\ncolumns:\n  Result:\n    type: number\n' >schema.yaml
	fails 0 '^$' ns-eval -S schema.yaml predictions.csv
	[[ $stdout == *f1,,0.8* ]]
}

@test "labels that are numbers are compared as numbers, text as text" {
	printf 't,prediction\n1.0,1\n-1,-1\n1,+1e0\n' | ns-eval -q -t t >metrics
	[[ $(value accuracy) == 1 && $(value support 1) == 2 ]]
	printf 't,prediction\nnormal,normal\ndos,normal\n' | ns-eval -q -t t >metrics
	[[ $(value accuracy) == 0.5 && $(value recall dos) == 0 ]]
}

@test "other names, and one column of probabilities" {
	printf 'a_probability_spam,truth,a_prediction\n0.9,spam,spam\n0.8,ham,spam\n0.1,ham,ham\n' >p.csv
	ns-eval -t truth --prefix a_ --positive spam p.csv >metrics
	[[ $(value roc_auc) == 1 && $(value f1) == 0.6666666666666666 ]]
	ns-eval -q -t truth --prediction a_prediction p.csv >metrics
	[[ $(value accuracy) == 0.6666666666666666 && $(value roc_auc) == '' ]]
}

@test "what divides by zero is said" {
	fails 0 'some metrics divide by zero and count as 0: a class is never predicted, or has no rows' ns-eval -t t <<<$'t,prediction\n1,1\n0,1'
}

@test "rows without truth, prediction or a sound probability are refused with their line, or left out" {
	sed '3s/b,1/b,/' predictions.csv >no-truth.csv
	fails 1 "^ns-eval: no-truth.csv:3: column 'Result': no truth \(--on-error skip leaves such rows out\)$" ns-eval -t Result no-truth.csv
	sed '4s/,-1,/,,/' predictions.csv >no-prediction.csv
	fails 1 "^ns-eval: no-prediction.csv:4: column 'prediction': no prediction \(--on-error skip leaves such rows out\)$" ns-eval -t Result no-prediction.csv
	sed '5s/0.7/7/' predictions.csv >no-probability.csv
	fails 1 "^ns-eval: no-probability.csv:5: column 'probability_-1': '7' is not a probability from 0 to 1$" ns-eval -t Result no-probability.csv
	fails 0 'ns-eval: 1 rows without truth, prediction or probability left out' ns-eval -t Result --on-error skip no-truth.csv
	[[ $stdout == *rows,,3* && $stdout == *accuracy,,0.6666666666666666* ]]
}

@test "tables that cannot be judged" {
	fails 1 "^ns-eval: predictions.csv: no column 'Label' \(-t names the column with the truth\)$" ns-eval -t Label predictions.csv
	fails 1 "^ns-eval: stdin: no column 'prediction' \(ns-predict\(1\) writes it; --prediction names another\)$" ns-eval -t a <<<$'a\n1'
	fails 2 "^ns-eval: no target given: -t NAME says which column is the truth$" ns-eval predictions.csv
	fails 2 "^ns-eval: column 'Result' cannot be truth and prediction at once$" ns-eval -t Result --prediction Result predictions.csv
	fails 1 "^ns-eval: stdin: no rows to judge$" ns-eval -t Result < <(head -n 1 predictions.csv)
	fails 1 "^ns-eval: stdin: column 'probability_1.0': class '1' has another column of probabilities already$" \
		ns-eval -t t <<<$'t,prediction,probability_1,probability_1.0\n1,1,0.5,0.5\n0,1,0.5,0.5'
	{
		echo t,prediction
		seq 1 1001 | sed 's/$/,1/'
	} >many.csv
	fails 1 "^ns-eval: many.csv: more than 1000 classes in 't' and 'prediction': these are no labels$" ns-eval -t t many.csv
}

@test "the order of rows does not matter, nor does the form" {
	ns-eval -t truth -q "$DATA/metrics/multi-ties.csv" >metrics
	{
		head -n 1 "$DATA/metrics/multi-ties.csv"
		tail -n +2 "$DATA/metrics/multi-ties.csv" | tac
	} | ns-eval -q -t truth | cmp - metrics
	ns-convert -O arrow "$DATA/metrics/multi-ties.csv" | ns-eval -q -t truth | cmp - metrics
}

# Three models of the same six rows: a good one, a worse one, and one that never gives a probability.
compared()
{
	printf '%s\n' t,prediction,probability_1 1,1,0.9 0,0,0.1 1,1,0.8 0,0,0.3 1,0,0.4 0,0,0.2 >a.csv
	printf '%s\n' t,prediction,probability_1 1,0,0.3 0,0,0.1 1,1,0.8 0,1,0.7 1,1,0.6 0,0,0.2 >b.csv
	printf '%s\n' t,prediction 1,1 0,0 1,1 0,0 1,2 0,0 >c.csv
}

@test "models side by side: metrics, intervals, differences, McNemar's test" {
	compared
	ns-eval --compare -t t --positive 1 a.csv b.csv c.csv >compared
	[[ $(head -n 1 compared) == metric,model,value,lower,upper,difference,difference_lower,difference_upper ]]
	[[ $(wc -l <compared) == $((1 + 16 * 3 + 4 * 2)) ]]
	[[ $(grep ^accuracy,a compared) == accuracy,a.csv,0.8333333333333334,*,,, ]]
	awk -F, '$1 == "accuracy" && $2 == "b.csv" { ok = $3 == 2/3 "" || $3 - 2/3 < 1e-15; d = $6; ok = ok && $4 < $3 && $5 > $3 && d < 0 && $7 < d && $8 > d } END { exit !ok }' compared
	grep -qx 'roc_auc,c.csv,,,,,,' compared
	grep -qx 'right_first_only,b.csv,2,,,,,' compared
	grep -qx 'right_this_only,b.csv,1,,,,,' compared
	grep -qx 'mcnemar_statistic,b.csv,1,,,,,' compared
	grep -qx 'mcnemar_p,b.csv,1,,,,,' compared
	ns-eval --compare -j 3 -t t --positive 1 a.csv b.csv c.csv | cmp - compared
	ns-eval --compare -t t --positive 1 -s 43 a.csv b.csv c.csv >other
	[[ $(cat other) != "$(cat compared)" ]]
}

@test "JSON of several models" {
	compared
	ns-convert -O arrow b.csv >b.arrow
	ns-eval --compare --json --bootstrap 100 --confidence 0.9 -s 5 -t t --positive 1 - b.arrow <a.csv >compared.json
	[[ $(jq -c keys_unsorted compared.json) == '["rows","positive","confidence","resamples","seed","models"]' ]]
	jq -e '.rows == 6 and .positive == "1" and .confidence == 0.9 and .resamples == 100 and .seed == 5
		and (.models | map(.model)) == ["stdin", "b.arrow"] and (.models[0] | keys_unsorted) == ["model", "metrics"]
		and .models[1].mcnemar == {right_first_only: 2, right_this_only: 1, test: "exact", statistic: 1, p: 1}
		and (.models[1].metrics.f1 | keys_unsorted) == ["value", "lower", "upper", "difference", "difference_lower", "difference_upper"]' compared.json
}

@test "intervals of one model: the same as beside others" {
	compared
	ns-eval --intervals -t t --positive 1 a.csv >metrics
	[[ $(head -n 1 metrics) == metric,class,value,lower,upper ]]
	[[ $(grep ^f1, metrics | head -n 1 | cut -d, -f3-5) == "$(ns-eval --compare -t t --positive 1 a.csv b.csv | grep ^f1,a | cut -d, -f3-5)" ]]
	[[ $(grep ^support,1 metrics) == support,1,3,, ]]
	ns-eval --bootstrap 50 -t t --positive 1 --json a.csv | jq -e '.intervals.resamples == 50 and .intervals.confidence == 0.95 and (.intervals.roc_auc | length) == 2'
	ns-eval --confidence 0.5 -t t --positive 1 --json a.csv | jq -e '.intervals.confidence == 0.5'
	ns-eval -t t --positive 1 --json a.csv | jq -e '.intervals == null'
}

@test "what was predicted for other rows is not compared" {
	compared
	sed '4s/^1/0/' a.csv >other.csv
	fails 1 "^ns-eval: other.csv: row 3: column 't' is '0', in a.csv '1': the files must hold predictions of the same rows in the same order$" \
		ns-eval --compare -t t a.csv other.csv
	head -n 4 a.csv >short.csv
	fails 1 "^ns-eval: short.csv has 3 rows, a.csv 6: the files must hold predictions of the same rows in the same order$" ns-eval --compare -t t a.csv short.csv
	fails 2 "^ns-eval: --compare takes two FILEs or more, each with one model's predictions$" ns-eval --compare -t t a.csv
	fails 2 "^ns-eval: --require is about one model's predictions, not for --compare$" ns-eval --compare -t t --require 'f1>0' a.csv b.csv
	fails 2 "^ns-eval: --errors is about one model's predictions, not for --compare$" ns-eval --compare -t t --errors e.csv a.csv b.csv
	fails 2 "^ns-eval: --on-error skip would leave out other rows of each file: not for --compare$" ns-eval --compare -t t --on-error skip a.csv b.csv
	for class in 0 1; do
		sed '1s/.*/t,guess,x/' a.csv | ns-fit decision-tree -t t --positive $class >model.ns
		sed '1s/.*/t,guess,x/' a.csv | ns-predict -O arrow model.ns >positive-$class.arrow
	done
	fails 1 "^ns-eval: positive-1.arrow: the positive class is '1', in positive-0.arrow '0' \(--positive says which\)$" ns-eval --compare positive-{0,1}.arrow
	ns-eval --compare --positive 1 positive-{0,1}.arrow | grep -q ^f1,positive-1.arrow,1
	for i in 1 2; do
		{
			echo t,prediction
			echo 0,0
			seq $((i * 1000)) $((i * 1000 + 600)) | sed 's/^/0,/'
		} >many$i.csv
	done
	sed -i '$d' many1.csv many2.csv
	fails 1 "^ns-eval: many1.csv: more than 1000 classes in all files: these are no labels$" ns-eval --compare -t t many1.csv many2.csv
}
