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
	[[ $(head -n 1 ranked.csv) == rank,learner,params,folds,rows,by,score,score_deviation,train_score,gap,verdict,accuracy,*,mcc,score_1,score_2,train_score_1,train_score_2 ]]
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
	ns-select cv.csv | ns-convert -x rank,gap,verdict | cmp - cv.csv
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

@test "--base-score: no model that reaches it is exit 1, with the table and without a command" {
	ns-select --command chosen --base-score 0.9 fold-*.csv >ranked.csv
	[[ $(ns-convert -c verdict ranked.csv | sed -n 2p) == chosen && -s chosen ]]
	rm chosen
	fails 1 "^ns-select: no model reaches f1 0.999: the best, '[a-z-]+ [^']+', has 0\.9[0-9]{3} \(--base-score sets the bar\)$" \
		ns-select --command chosen --base-score 0.999 fold-*.csv
	[[ ! -e chosen && $(ns-convert -c verdict .stdout | tail -n +2 | sort -u) == base ]]
	sed '2,$s/,f1,[^,]*,/,f1,0.55,/' fold-1-tree.csv >poor.csv # below the default, 0.6
	fails 1 "^ns-select: no model reaches f1 0\.6: the best, 'decision-tree max_depth=2', has 0\.5500 \(--base-score sets the bar\)$" ns-select poor.csv
	sed '2,$s/,f1,/,log_loss,/' poor.csv | ns-select >ranked.csv
	fails 2 '^ns-select: --base-score is for metrics of which more is better: the reports are ranked by log_loss$' \
		ns-select --base-score 0.6 <(sed '2,$s/,f1,/,log_loss,/' poor.csv)
}

@test "--gap: a warning, or a refusal" {
	sed '2s/,f1,[^,]*,\([^,]*\),[^,]*,/,f1,0.97,\1,0.999,/' fold-1-tree.csv >gap.csv
	fails 0 '^$' ns-select --command chosen gap.csv
	fails 0 "^ns-select: 'decision-tree max_depth=[25]' is the best, but its f1 is 0\.9990 on the rows learnt from and 0\.9700 on those held out: more than 0\.02 apart$" \
		ns-select --command chosen --gap 0.02 gap.csv
	first=$(cat chosen)
	ns-select -q --command chosen --gap 0.02 --gap-action refuse gap.csv >ranked.csv
	[[ $(cat chosen) != "$first" && $(ns-convert -c verdict ranked.csv | paste -sd ' ') == 'verdict gap chosen' ]]
	fails 1 "^ns-select: no model's f1 on the rows learnt from is within 0 of that on the rows held out: the best, '[^']*', has 0\.9990 and 0\.9700 \(--gap sets the bar\)$" \
		ns-select --gap 0 --gap-action refuse gap.csv
}

@test "reports of one fold each and of several add up, whatever columns they have" {
	ns-fit decision-tree -t Result --positive -1 -p max_depth=2,5 --cv 3 --timing --report cv.csv "$DATA/phishing-sample.csv" >model.ns
	ns-select fold-1-tree.csv cv.csv >ranked.csv
	[[ $(ns-convert -c folds ranked.csv | sort -u | paste -sd ' ') == '4 folds' && $(head -n 1 ranked.csv) == *,score_4,train_score_1,* ]]
	ns-select ranked.csv | cmp - ranked.csv
	ns-convert -O arrow cv.csv | ns-select -O csv >ranked.csv
	[[ $(head -n 1 ranked.csv) == *,train_score_3,fit_seconds,score_seconds ]]
	fails 2 '^ns-select: --rejects keeps the rows of one report: there are 2$' ns-select --on-error skip --rejects bad.csv cv.csv cv.csv
}

@test "reports that do not compare are refused" {
	fails 1 "^ns-select: candidate 'decision-tree max_depth=[25]' was scored on 1 fold, others on 2: they do not compare \(a report is missing, or there twice\)$" \
		ns-select fold-1-*.csv fold-2-line.csv
	sed '2,$s/,f1,/,mcc,/' fold-2-tree.csv >other.csv
	fails 1 "^ns-select: other\\.csv: candidate 1 was scored by 'mcc', those before it by 'f1': they do not compare$" ns-select fold-1-tree.csv other.csv
	head -n 1 fold-1-tree.csv >none.csv
	fails 1 '^ns-select: no candidates in the reports$' ns-select none.csv
	fails 1 "^ns-select: .*/phishing-sample\\.csv: no column 'learner': not a report of ns-fit --report$" ns-select "$DATA/phishing-sample.csv"
}
