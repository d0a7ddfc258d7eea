#!/usr/bin/env bats
# The bundled sample and its figures.
load helper

@test "the samples are what their scripts draw, to the byte" {
	sh "$DATA/make-phishing-sample" >again.csv
	cmp again.csv "$DATA/phishing-sample.csv"
	sh "$DATA/make-census-sample" | cmp - "$DATA/census-sample.csv"
	sh "$DATA/make-census-sample" test | cmp - "$DATA/census-sample-test.csv"
}

@test "every awk at hand draws the same samples" {
	local tried=0
	for awk in mawk gawk original-awk "busybox awk"; do
		command -v "${awk%% *}" >/dev/null || continue
		mkdir -p bin
		printf '#!/bin/sh\nexec %s "$@"\n' "$awk" >bin/awk
		chmod +x bin/awk
		PATH="$PWD/bin:$PATH" sh "$DATA/make-phishing-sample" | cmp - "$DATA/phishing-sample.csv"
		PATH="$PWD/bin:$PATH" sh "$DATA/make-census-sample" | cmp - "$DATA/census-sample.csv"
		tried=$((tried + 1))
	done
	((tried > 0))
}

@test "the sample has 2,000 rows of 31 codes, both classes in the shares of the figures" {
	run awk -F, 'NR > 1 { if (NF != 31 || $0 !~ /^(-1|0|1)(,(-1|0|1))*$/) bad++; n++; legitimate += $31 == 1 }
		END { print n, bad + 0, (legitimate > 0.53 * n && legitimate < 0.58 * n) }' "$DATA/phishing-sample.csv"
	[ "$output" = "2000 0 1" ]
}

@test "the census has what makes such a file awkward: blanks, question marks, no header; a junk line and dots in the test part" {
	run awk -F', ' 'NF != 15 || !/, (<=|>)50K$/ { bad++ } { n++; rich += /, >50K$/; unknown += /, \?,/ }
		END { print n, bad + 0, (rich > 0.2 * n && rich < 0.32 * n), (unknown > 0.05 * n) }' "$DATA/census-sample.csv"
	[ "$output" = "3000 0 1 1" ]
	run awk -F', ' 'NR > 1 && (NF != 15 || !/, (<=|>)50K\.$/) { bad++ } END { print NR, bad + 0 }' "$DATA/census-sample-test.csv"
	[ "$output" = "1501 0" ]
	[[ $(head -n 1 "$DATA/census-sample-test.csv") == '|'* ]]
}

@test "the figures are those of the real set: class shares and codes" {
	real_set
	# Shares of each column's codes within a class differ from the real ones by less than five standard errors.
	awk -F, -v OFS=, 'FNR == 1 { file++; gsub(/"/, ""); for (i = 1; i <= NF; i++) if (file == 1) name[i] = $i
			else if (name[i] != $i) { print "column " i ": " $i; bad = 1 }; next }
		{ rows[file, $NF]++; for (i = 1; i < NF; i++) count[file, i, $NF, $i]++ }
		END {
			for (i = 1; i <= 30; i++) for (class = -1; class <= 1; class += 2) for (code = -1; code <= 1; code++) {
				p = count[1, i, class, code] / rows[1, class]
				q = count[2, i, class, code] / rows[2, class]
				if ((p - q) ^ 2 > 25 * p * (1 - p) / rows[2, class] + 1e-6) { print name[i], class, code, p, q; bad = 1 }
			}
			exit bad
		}' "$NETSEC_PHISHING_CSV" "$DATA/phishing-sample.csv"
}
