#!/usr/bin/env bats
# ns-select: reports of folds and families added up, the best first.
load helper

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	for k in 1 2; do
		ns-split -q --fold $k/2 -t Result --rest part.csv "$DATA/phishing-sample.csv" >held.csv
		ns-fit decision-tree -t Result --positive -1 -p max_depth=2,5 --valid held.csv --report fold-$k-tree.csv part.csv >model.ns
		ns-fit logistic-regression -t Result --positive -1 -p C=0.1,1 --valid held.csv --report fold-$k-line.csv part.csv >model.ns
	done
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$BATS_FILE_TMPDIR"/fold-* .
}

@test "ns-select fold-*.csv" {
	ns-select fold-*.csv >ranked.csv
	[[ $(head -n 1 ranked.csv) == rank,learner,params,folds,rows,by,score,score_deviation,train_score,accuracy,* ]]
	[[ $(wc -l <ranked.csv) == 5 && $(cut -d, -f1 ranked.csv | tail -n +2 | paste -sd ' ') == '1 2 3 4' ]]
	[[ $(cut -d, -f7 ranked.csv | tail -n +2) == "$(cut -d, -f7 ranked.csv | tail -n +2 | sort -rg)" ]]
	[[ $(cut -d, -f4,5 ranked.csv | tail -n +2 | sort -u) == 2,2000 ]]
}

@test "scores are means over folds, deviations theirs" {
	ns-select fold-*.csv | grep ',max_depth=2,' >two
	awk -F, 'FILENAME == "two" { mean = $7; deviation = $8; train = $9; next }
		$2 == "max_depth=2" { score[++n] = $6; fitted += $8 / 2 }
		END {
			m = (score[1] + score[2]) / 2; d = score[1] > score[2] ? (score[1] - score[2]) / 2 : (score[2] - score[1]) / 2
			exit !(n == 2 && (m - mean) ^ 2 < 1e-28 && (d - deviation) ^ 2 < 1e-28 && (fitted - train) ^ 2 < 1e-28 && d > 0)
		}' two fold-1-tree.csv fold-2-tree.csv
}

@test "one report with K folds is what K reports with one are, where folds are the same" {
	ns-fit decision-tree -t Result --positive -1 -p max_depth=1,2,3 --cv 3 --report cv.csv "$DATA/phishing-sample.csv" >model.ns
	ns-select cv.csv | ns-convert -x rank >ranked.csv
	ns-convert -x 'score_[0-9]*','train_score_*' cv.csv | cmp ranked.csv
}

@test "--command writes the best one as the words of a call of ns-fit" {
	ns-select --command chosen fold-*.csv >ranked.csv
	IFS=, read -r _ learner params _ < <(sed -n 2p ranked.csv)
	[[ $(cat chosen) == "$learner -p $params" ]]
	# shellcheck disable=SC2046
	ns-fit $(cat chosen) -t Result "$DATA/phishing-sample.csv" >model.ns
	ns-convert --metadata model.ns | grep -q "^ns:params: .*${params}"
}

@test "every parameter, with every word it can be, comes back as it was" {
	for learner in decision-tree random-forest logistic-regression; do
		head -n 101 "$DATA/phishing-sample.csv" >small.csv
		ns-fit $learner -t Result --positive -1 --cv 2 --report report.csv small.csv >model.ns
		ns-select --command chosen report.csv >ranked.csv
		# shellcheck disable=SC2046
		ns-fit $(cat chosen) -t Result --positive -1 --cv 2 small.csv | cmp model.ns
	done
	ns-fit random-forest -t Result --positive -1 -p n_estimators=3 -p max_features=0.5 -p max_depth=none -p class_weight=BALANCED -p ccp_alpha=1e-4 \
		--cv 2 --report report.csv small.csv >model.ns
	ns-select --command chosen report.csv >ranked.csv
	[[ $(cat chosen) == "random-forest -p n_estimators=3 -p max_depth=None -p max_features=0.5 -p ccp_alpha=1e-4 -p class_weight=balanced" ]]
	# shellcheck disable=SC2046
	ns-fit $(cat chosen) -t Result --positive -1 --cv 2 small.csv | cmp model.ns
}

@test "reports that do not compare are refused" {
	fails 1 "^ns-select: candidate 'decision-tree max_depth=[25]' was scored on 1 fold, others on 2: they do not compare \(a report is missing, or there twice\)$" \
		ns-select fold-1-*.csv fold-2-line.csv
	sed '2,$s/,f1,/,mcc,/' fold-2-tree.csv >other.csv
	fails 1 "^ns-select: row 3 of the reports was scored by 'mcc', those before it by 'f1': they do not compare$" ns-select fold-1-tree.csv other.csv
	head -n 1 fold-1-tree.csv >none.csv
	fails 1 '^ns-select: no candidates in the reports$' ns-select none.csv
	fails 1 "^ns-select: no column 'learner' of text: not a report of ns-fit --report$" ns-select "$DATA/phishing-sample.csv"
}
