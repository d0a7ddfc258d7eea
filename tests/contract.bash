# Each tool's minimal working call: what tests/contract.bats runs. A tool that is built and has no row here fails the
# contract, so a new tool brings its row.
#
#	call TOOL    sets call=(TOOL ARGUMENTS...), which reads the CSV table in $input on stdin and writes to stdout, and
#	             files=(TOOL ARGUMENTS...), the same where the names of input files are to follow
#
# What a call needs besides (a model, predictions) is made once per run of the file, by the tools, in $BATS_FILE_TMPDIR.
# What a call asks of a database is asked of the fake one (mongodb.bash), which stands for the whole file.
# shellcheck shell=bash disable=SC2034
load mongodb

contract_files()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	head -n 301 "$DATA/phishing-sample.csv" >table.csv
	ns-fit decision-tree -t Result <table.csv >model.ns
	ns-predict model.ns <table.csv >predictions.csv
	fake_start || true
	ns-fit decision-tree -t Result --cv 2 --report - -p max_depth=1,2,3,4,5 <table.csv >report.csv
}

call()
{
	local given=$BATS_FILE_TMPDIR
	input=$given/table.csv
	case $1 in
	ns-convert) call=(ns-convert) ;;
	ns-split) call=(ns-split --test 0.3) ;;
	ns-export) call=(ns-export -) ;;
	ns-import) call=(ns-import --uri "$FAKE_URI" --replace --source contract contract table) ;;
	ns-validate) call=(ns-validate -S "$ROOT/schema/phishing.yaml") ;;
	ns-impute) call=(ns-impute --strategy mean -t Result -w /dev/null) ;;
	ns-encode) call=(ns-encode --strategy one-hot -c 'URL_Length,SFH' -t Result -w /dev/null) ;;
	ns-derive) call=(ns-derive 'r = URL_Length / (SFH + 2)' --interactions 'r,SFH' --drop-constant --drop-correlated 0.9 -t Result -w /dev/null) ;;
	ns-scale) call=(ns-scale --strategy standard -t Result -w /dev/null) ;;
	ns-smote) call=(ns-smote -t Result) ;;
	ns-fit) call=(ns-fit decision-tree -t Result) ;;
	ns-select) call=(ns-select) input=$given/report.csv ;;
	ns-predict) call=(ns-predict "$given/model.ns") ;;
	ns-eval) call=(ns-eval -t Result --positive -1) input=$given/predictions.csv ;;
	*)
		echo "$1 has no row in tests/contract.bash"
		return 1
		;;
	esac
	files=("${call[@]}")
	[[ $1 != ns-export ]] || files=(ns-export) # it always names its input
}
