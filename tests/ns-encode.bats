#!/usr/bin/env bats
# ns-encode. What it has in common with ns-impute and ns-scale is in ns-impute.bats.
load helper

small()
{
	printf 'city,n,label\nRome,1,yes\nBerlin,2,no\nRome,3,yes\nÅbo,2,no\n' >train.csv
	printf 'n,city\n2,Oslo\n3,\n1,Rome\n' >test.csv
}

@test "the manual's first example: a column per category, where the column stood; the stage is a table" {
	small
	ns-encode --strategy one-hot -t label -w encode.ns < train.csv > encoded.csv
	same 'city_Berlin,city_Rome,city_Åbo,n,label\n0,1,0,1,yes\n1,0,0,2,no\n0,1,0,3,yes\n0,0,1,2,no' cat encoded.csv
	same 'column,strategy,kind,category,value,output,code\ncity,one-hot,category,Berlin,,city_Berlin,0\ncity,one-hot,category,Rome,,city_Rome,1\ncity,one-hot,category,Åbo,,city_Åbo,2\ncity,one-hot,unknown,,,,' \
		ns-convert encode.ns
}

@test "the second example: other rows; what is unknown or missing is zeros" {
	small
	ns-encode -t label -w encode.ns <train.csv >/dev/null
	same 'n,city_Berlin,city_Rome,city_Åbo\n2,0,0,0\n3,0,0,0\n1,0,1,0' ns-encode -m encode.ns <test.csv
}

@test "the third example: numbers as categories, rare ones together, as are those that come later" {
	printf 'service,dst_port\nhttp,80\nhttp,80\ndns,53\nhttp,8080\n' >train.csv
	same 'service_http,service_infrequent,dst_port_80,dst_port_infrequent\n1,0,1,0\n1,0,1,0\n0,1,0,1\n1,0,0,1' \
		ns-encode -c 'service,dst_port' --min-frequency 0.3 -w encode.ns train.csv
	same 'service_http,service_infrequent,dst_port_80,dst_port_infrequent\n0,1,0,1\n0,1,0,1' ns-encode -m encode.ns <<<$'service,dst_port\nftp,21\n,'
	ns-convert -c column,kind,category,value encode.ns >known.csv
	same 'column,kind,category,value\ndst_port,category,,80\ndst_port,unknown,,\nservice,category,http,\nservice,unknown,,' cat known.csv
}

@test "missing values in training are a category, the last one" {
	same 'c_x,c_y,c_missing\n1,0,0\n0,0,1\n0,1,0' ns-encode -w e.ns <<<$'c\nx\n""\ny'
}

@test "--drop leaves out the first column, or that of two" {
	small
	same 'city_Rome,city_Åbo,n,label_yes\n1,0,1,1\n0,0,2,0\n1,0,3,1\n0,1,2,0' ns-encode --drop first -w e.ns train.csv
	same 'city_Berlin,city_Rome,city_Åbo,n,label_yes\n0,1,0,1,1\n1,0,0,2,0\n0,1,0,3,1\n0,0,1,2,0' ns-encode --drop if-binary -w e.ns train.csv
}

@test "ordinal: places among the sorted categories; missing stays missing, unknown is -1 or what is said" {
	small
	same 'city,n,label\n1,1,yes\n0,2,no\n1,3,yes\n2,2,no' ns-encode --strategy ordinal -t label -w e.ns train.csv
	same 'n,city\n2,-1\n3,\n1,1' ns-encode -m e.ns test.csv
	ns-encode --strategy ordinal --unknown-value 99 -t label -w e.ns train.csv >/dev/null
	same 'n,city\n2,99\n3,\n1,1' ns-encode -m e.ns test.csv
}

@test "--unknown error names line, column and value" {
	small
	ns-encode --unknown error -t label -w e.ns train.csv >/dev/null
	fails 1 "^ns-encode: test.csv:2: column 'city': 'Oslo' is no category of the training table \(--unknown ignore or infrequent takes it\)$" \
		ns-encode -m e.ns test.csv
	fails 1 "^ns-encode: stdin:3: column 'city' is missing, and no row of the training table was without it \(ns-impute fills it, --unknown ignore or infrequent takes it\)$" \
		ns-encode -m e.ns <<<$'city,n\nRome,1\n,2'
	ns-encode --unknown error -c n -w e.ns train.csv >/dev/null
	fails 1 "^ns-encode: stdin: row 2: column 'n': '1.5' is no category" ns-encode -m e.ns < <(ns-convert -O arrow <<<$'n\n1\n1.5')
}

@test "--unknown ignore gives zeros, even where there is a column for the infrequent" {
	small
	ns-encode --unknown ignore --min-frequency 2 -t label -w e.ns train.csv >/dev/null
	same 'city_Rome,city_infrequent\n0,1\n0,0' ns-encode -m e.ns <<<$'city\nBerlin\nOslo'
}

@test "too many categories are refused, with the remedy" {
	small
	fails 1 "^ns-encode: train.csv: column 'city' has 3 categories, more than 2 \(-x 'city' leaves it out, --min-frequency or --top puts rare ones together, --use 'target=city' takes any number, --max-categories allows more\)$" \
		ns-encode --max-categories 2 -w e.ns train.csv
	ns-encode --max-categories 2 --min-frequency 2 -w e.ns train.csv >/dev/null
	fails 1 "column 'city' has 3 categories, more than 2 " ns-encode --strategy ordinal --max-categories 2 -w e.ns train.csv
	ns-encode --strategy target --max-categories 2 -t label -w e.ns train.csv >/dev/null
	fails 1 "^ns-encode: train.csv: column 'city' would become 3 columns, one for each class, more than 2 \(--max-categories allows more\)$" \
		ns-encode --strategy target --max-categories 2 -t n -w e.ns train.csv
}

@test "names that meet are refused, while learning and later" {
	small
	fails 1 "^ns-encode: stdin: column 'a_b_c' would stand for 'b_c' of column 'a' and for 'c' of column 'a_b' \(-x 'a_b' leaves that one out, ns-convert --rename gives a column another name\)$" \
		ns-encode -w e.ns <<<$'a,a_b\nb_c,c'
	fails 1 "^ns-encode: stdin: two columns would be called 'a_x' once categories are columns \(ns-convert --rename gives one of them another name\)$" \
		ns-encode -w e.ns <<<$'a,a_x\nx,1'
	[[ ! -e e.ns ]]
	ns-encode -t label -w e.ns train.csv >/dev/null
	fails 1 "^ns-encode: stdin: two columns would be called 'city_Rome' once categories are columns" ns-encode -m e.ns <<<$'city,city_Rome\nRome,1'
}

@test "a category that is not UTF-8 is refused" {
	printf 'c\nZ\374rich\n' >latin.csv
	fails 1 "^ns-encode: latin.csv: column 'c': 'Z\\\\xfcrich' is not UTF-8 \(iconv -f LATIN1 -t UTF-8 may make it so\)$" ns-encode -w e.ns latin.csv
}

@test "wrong options are refused" {
	small
	fails 2 '^ns-encode: --drop is for --strategy one-hot$' ns-encode --strategy ordinal --drop first -w e.ns train.csv
	for option in --min-frequency=2 --top=2 --categories=city=a; do
		fails 2 '^ns-encode: --min-frequency, --top and --categories are for --strategy one-hot and ordinal$' ns-encode --strategy target "$option" -t label -w e.ns train.csv
	done
	for option in -pcv=3 -s1 --positive=yes; do
		fails 2 '^ns-encode: -p, --seed and --positive are for --strategy target$' ns-encode --use ordinal=city "$option" -t label -w e.ns train.csv
	done
	fails 2 '^ns-encode: --missing-value is for --strategy ordinal$' ns-encode --missing-value 3 -w e.ns train.csv
	fails 2 "^ns-encode: --unknown-value: 'x' is neither a number nor 'missing'$" ns-encode --strategy ordinal --unknown-value x -w e.ns train.csv
	fails 2 "^ns-encode: parameter 'cv': '1' is not a whole number from 2 to 100$" ns-encode --strategy target -p cv=1 -t label -w e.ns train.csv
	fails 2 "^ns-encode: parameter 'smooth': '-1' is not a number from 0 to 1000000000 or auto$" ns-encode --strategy target -p smooth=-1 -t label -w e.ns train.csv
	fails 2 "^ns-encode: target has no parameter 'shuffle'; it has smooth, cv$" ns-encode --strategy target -p shuffle=1 -t label -w e.ns train.csv
	fails 2 '^ns-encode: no target given: -t NAME says which column is the label$' ns-encode --strategy target -w e.ns train.csv
	fails 2 '^ns-encode: --unknown-value is for --strategy ordinal without --unknown error$' ns-encode --unknown-value 3 -w e.ns train.csv
	fails 2 '^ns-encode: --unknown-value: 1 is the code of a category of column ' ns-encode --strategy ordinal --unknown-value 1 -w e.ns train.csv
	for wrong in 0 1.5 -1 0.0 x 1.0; do
		fails 2 "^ns-encode: --min-frequency: '$wrong' is neither a number of rows nor a share between 0 and 1$" ns-encode --min-frequency "$wrong" -w e.ns train.csv
	done
}

@test "a table without text gives a stage that changes nothing, and says nothing" {
	fails 0 '^$' ns-encode -t Result -w e.ns <<<$'a,Result\n1,x\n2,y'
	[[ $stdout == $'a,Result\n1,x\n2,y' ]]
	same 'z\n 1.50' ns-encode -m e.ns <<<$'z\n 1.50'
}

@test "columns that are not encoded pass untouched" {
	same 'c_x,a\n1, 007' ns-encode -c c -w e.ns <<<$'c,a\nx, 007'
}

@test "the stage does not depend on the order of the rows" {
	small
	ns-encode -w one.ns --min-frequency 2 train.csv >/dev/null
	{
		head -n 1 train.csv
		tail -n +2 train.csv | tac
	} >turned.csv
	ns-encode -w two.ns --min-frequency 2 turned.csv >/dev/null
	cmp one.ns two.ns
}
