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
