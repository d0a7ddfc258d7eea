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
	awk 'BEGIN { print "c,y"; for (i = 0; i < 3000; i++) print "c" i ",y" i % 1500 }' >many.csv
	fails 1 "^ns-encode: many.csv: with the 3000 categories of column 'c' a stage would have more than 4194304 rows \(-x 'c' leaves it out\)$" \
		ns-encode --strategy target --max-categories 2000 -t y -w e.ns many.csv
}

@test "names that meet are refused, while learning and later" {
	small
	fails 1 "^ns-encode: stdin: column 'a_b_c' would stand for 'b_c' of column 'a' and for 'c' of column 'a_b' \(-x 'a_b' leaves that one out, ns-convert --rename gives a column another name\)$" \
		ns-encode -w e.ns <<<$'a,a_b\nb_c,c'
	fails 1 "^ns-encode: stdin: column 's_missing' would stand for 'missing' and for a missing value of column 's' \(-x 's' leaves it out, --use 'ordinal=s' numbers them\)$" \
		ns-encode -w e.ns <<<$'s,y\nmissing,1\n,0'
	fails 1 "^ns-encode: stdin: column 's_infrequent' would stand for 'infrequent' and for 'q' of column 's' " ns-encode --unknown ignore --top 1 -w e.ns <<<$'s\ninfrequent\ninfrequent\nq'
	fails 1 "^ns-encode: stdin: column 's_infrequent' would stand for 'infrequent' and for infrequent ones of column 's' " \
		ns-encode --top 1 -w e.ns <<<$'s\ninfrequent\ninfrequent\nq'
	fails 1 "^ns-encode: stdin: column 'a_1_2' would stand for '2' of column 'a_1' and for '1_2' of column 'a' " ns-encode -c a_1,a -w e.ns <<<$'a_1,a\n2,1_2'
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
	fails 2 "^ns-encode: --use: 'label' is the target, which is never changed$" ns-encode --use ordinal=city,label -t label -w e.ns train.csv
	ns-encode --use 'ordinal=*' -t label -w e.ns train.csv >/dev/null
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

@test "the manual's last example: strategies side by side, sizes in the order that is given" {
	printf 'city,size,kind,label\nRome,M,a,yes\nBerlin,S,b,no\nRome,L,a,yes\nRome,M,b,no\nBerlin,S,a,no\n' >train.csv
	ns-encode --use target=city --use ordinal=size --categories size=S,M,L -t label -w encode.ns < train.csv >encoded.csv
	ns-convert -c size,kind_a,kind_b,label encoded.csv >most.csv
	same 'size,kind_a,kind_b,label\n1,1,0,yes\n0,0,1,no\n2,1,0,yes\n1,0,1,no\n0,1,0,no' cat most.csv
	same 'city,size,kind_a,kind_b\n0.6037735849056604,2,0,0\n0,-1,0,0\n0.4,,1,0' ns-encode -m encode.ns <<<$'city,size,kind\nRome,L,\nBerlin,XL,c\nOslo,,a'
	ns-convert -c column,strategy,kind,category,output,code encode.ns >known.csv
	same 'column,strategy,kind,category,output,code\ncity,target,category,Berlin,city,0\ncity,target,category,Rome,city,0.6037735849056604\ncity,target,unknown,,city,0.4\nsize,ordinal,category,L,size,2\nsize,ordinal,category,M,size,1\nsize,ordinal,category,S,size,0\nsize,ordinal,unknown,,size,-1\nkind,one-hot,category,a,kind_a,0\nkind,one-hot,category,b,kind_b,1\nkind,one-hot,unknown,,,' cat known.csv
}

# Categories that say nothing of the label, two rows each.
noise()
{
	awk -v rows="$1" 'BEGIN { srand(5); print "id,n,y"; for (i = 0; i < rows; i++) print "k" int(i / 2) "," i % 7 "," (rand() < 0.5 ? "p" : "q") }'
}

@test "target: training rows are encoded without their own labels, by -w and by every tool that learns behind the stage" {
	noise 600 >train.csv
	ns-encode --strategy target -c id -t y -w encode.ns train.csv >trained.csv
	ns-encode -m encode.ns train.csv >plain.csv
	run ! cmp -s trained.csv plain.csv
	# Where the rows of a category agree, its share of all rows gives their label away; that of the other folds does not.
	[[ $(awk -F, 'NR > 1 && ($1 > 0.9 || $1 < 0.1)' plain.csv | wc -l) -gt 200 ]]
	[[ $(awk -F, '($1 > 0.9 && $3 == "p") || ($1 < 0.1 && $3 == "q")' plain.csv | wc -l) == 0 ]]
	[[ $(awk -F, '($1 > 0.9 && $3 == "p") || ($1 < 0.1 && $3 == "q")' trained.csv | wc -l) -gt 50 ]]
	ns-fit decision-tree -t y -m encode.ns train.csv >bundle.ns
	ns-fit decision-tree -t y --after encode.ns trained.csv | cat encode.ns - | cmp - bundle.ns
	ns-smote -t y -m encode.ns train.csv | head -n 601 | cut -d, -f1-3 | cmp - trained.csv
	ns-scale --strategy min-max -c n -t y -m encode.ns -w scale.ns train.csv | cut -d, -f1 | cmp - <(cut -d, -f1 trained.csv)
}

@test "target: other rows, or the same in another order, are not learnt from behind the stage" {
	noise 600 >train.csv
	ns-encode --strategy target -c id -t y -w encode.ns train.csv >/dev/null
	local why="encode\.ns: these are not the rows, in their order, that stage 'encode' was learnt from, so that its target encoding cannot be kept from showing their labels \(ns-encode -w learns it on them; ns-encode -m applies it as to new rows, which these must be\)$"
	{ head -n 1 train.csv; tail -n +2 train.csv | tac; } >turned.csv
	fails 1 "^ns-fit: $why" ns-fit decision-tree -t y -m encode.ns turned.csv
	head -n 400 train.csv >part.csv
	fails 1 "^ns-smote: $why" ns-smote -t y -m encode.ns part.csv
	fails 1 "^ns-scale: $why" ns-scale -t y -m encode.ns -w scale.ns train.csv part.csv
	[[ ! -s $BATS_TEST_TMPDIR/.stdout && ! -e scale.ns ]]
	ns-encode -m encode.ns turned.csv | ns-fit decision-tree -t y >/dev/null # the manual's way for other rows
	# Rows that one tool sets aside and another does not are others, too.
	sed '17s/,[0-9],/,x,/' train.csv >bad.csv
	ns-encode --strategy target -c id --number n -t y -w encode.ns bad.csv >/dev/null
	fails 1 "^ns-fit: $why" ns-fit decision-tree --number n -t y -m encode.ns --on-error skip bad.csv
	ns-encode --strategy target -c id --number n -t y -w encode.ns --on-error skip -O arrow bad.csv >/dev/null
	ns-fit decision-tree --number n -t y -m encode.ns --on-error skip bad.csv >/dev/null
}

@test "target: the same bytes from CSV, Arrow, pipes and batches of any size; another seed gives other folds" {
	python_with pyarrow
	noise 30000 >train.csv
	ns-encode --strategy target -t y -w one.ns train.csv >one.csv
	ns-encode --strategy target -t y -w two.ns < <(cat train.csv) | cmp - one.csv
	cmp one.ns two.ns
	ns-convert -O arrow train.csv >train.arrow
	"$PYTHON" -c 'import pyarrow as pa, pyarrow.ipc as ipc
table = ipc.open_stream("train.arrow").read_all()
with ipc.new_stream("small.arrow", table.schema) as out:
    out.write_table(table, max_chunksize=777)'
	for file in train.arrow small.arrow; do
		ns-encode --strategy target -t y -w two.ns "$file" | ns-convert | cmp - one.csv
		cmp one.ns two.ns
	done
	ns-encode --strategy target -t y -s 43 -w two.ns train.csv >two.csv
	run ! cmp -s one.csv two.csv
	ns-encode -m one.ns train.csv >one.csv
	ns-encode -m two.ns train.csv | cmp - one.csv # new rows know no folds
}

@test "target: -p smooth and cv, and which class is positive" {
	printf 'c,y\na,ham\na,spam\na,spam\nb,ham\n' >train.csv
	ns-encode --strategy target -p smooth=0 -t y -w e.ns train.csv >/dev/null
	same 'c\n0.6666666666666666\n0\n0.5' ns-encode -m e.ns <<<$'c\na\nb\nz'
	ns-encode --strategy target -p smooth=2 --positive ham -t y -w e.ns train.csv >/dev/null
	same 'c\n0.4\n0.6666666666666666\n0.5' ns-encode -m e.ns <<<$'c\na\nb\nz'
	printf 'target: y\npositive: ham\nlabels: {ham: fine, spam: bad}\ncolumns:\n  c: text\n  y: text\n' >schema.yaml
	ns-encode --strategy target -p smooth=2 -S schema.yaml -w e2.ns train.csv >/dev/null
	same 'c\n0.4\n0.6666666666666666\n0.5' ns-encode -m e2.ns <<<$'c\na\nb\nz'
	[[ $(ns-convert --metadata e.ns | grep -c '^ns:folds: 5$') == 1 ]]
	ns-encode --strategy target -p cv=2 -p smooth=0 -t y -w e.ns train.csv >/dev/null
	[[ $(ns-convert e.ns | head -n 1) == column,strategy,kind,category,value,output,code,fold_1,fold_2 ]]
	fails 2 "^ns-encode: --positive: target 'y' has no class 'maybe'$" ns-encode --strategy target --positive maybe -t y -w e.ns train.csv
	printf 'c,y\na,p\nb,q\na,r\n' >train.csv
	ns-encode --strategy target -p smooth=0 -t y -w e.ns train.csv >/dev/null
	same 'c_p,c_q,c_r,d\n0.5,0,0.5,1' ns-encode -m e.ns <<<$'c,d\na,1'
}

@test "--top keeps the most frequent; with ordinal the others share the last number" {
	printf 'c\nx\nx\ny\ny\ny\nz\nw\n' >train.csv
	ns-encode --top 2 -w e.ns train.csv >/dev/null
	same 'c_x,c_y,c_infrequent\n1,0,0\n0,1,0\n0,0,1\n0,0,1' ns-encode -m e.ns <<<$'c\nx\ny\nz\nq'
	ns-encode --top 2 --strategy ordinal -w e.ns train.csv >/dev/null
	same 'c\n0\n1\n2\n2' ns-encode -m e.ns <<<$'c\nx\ny\nz\nq'
	ns-encode --top 2 --strategy ordinal --unknown ignore -w e.ns train.csv >/dev/null
	same 'c\n0\n1\n2\n-1' ns-encode -m e.ns <<<$'c\nx\ny\nz\nq'
	ns-encode --top 4 --drop first --unknown ignore -w e.ns train.csv >/dev/null # none is rare: what was dropped and what is unknown look alike
	same 'c_x,c_y,c_z\n0,0,0\n0,0,0\n1,0,0' ns-encode -m e.ns <<<$'c\nw\nq\nx'
}

@test "--categories gives an order, by hand or the schema's; others are unknown, and noted" {
	printf 'size,n\nM,1\nS,2\nXS,1\n' >train.csv
	printf 'columns:\n  size:\n    type: text\n    values: [S, M, L]\n  n: number\n' >schema.yaml
	fails 0 "^ns-encode: train.csv: column 'size': 'XS' is not among its --categories: taken for unknown$" \
		ns-encode --strategy ordinal --categories schema -S schema.yaml -w e.ns train.csv
	[[ $stdout == $'size,n\n1,1\n0,2\n-1,1' ]]
	same 'size_S,size_M,size_L,n\n0,1,0,1\n1,0,0,2\n0,0,0,1' ns-encode -q --categories schema -S schema.yaml -w e.ns train.csv
	same 'size,n\n0,1\n2,0\n1,1' ns-encode -q --strategy ordinal --categories schema --categories size=M,XS,S -S schema.yaml --categories n=2,1 --use ordinal=n -w e.ns train.csv
	fails 2 '^ns-encode: --categories schema: -S FILE says which schema$' ns-encode --categories schema -w e.ns train.csv
	fails 2 "^ns-encode: --categories: column 'size' is given twice$" ns-encode --categories size=M --categories size=S -w e.ns train.csv
	fails 2 "^ns-encode: --categories: 'size' is not NAME=VALUE or NAME=VALUE,VALUE...$" ns-encode --categories size -w e.ns train.csv
	fails 1 "^ns-encode: train.csv: column 'size': 'XS' is none of its --categories \(--unknown ignore or infrequent takes it\)$" \
		ns-encode --unknown error --categories size=S,M -w e.ns train.csv
}

@test "ordinal: unknown values may become missing, missing ones a number" {
	ns-encode --strategy ordinal --unknown-value missing --missing-value -5 -w e.ns <<<$'c,n\nx,1\ny,2' >/dev/null
	same 'c,n\n1,1\n,2\n-5,3' ns-encode -m e.ns <<<$'c,n\ny,1\nq,2\n,3'
}

@test "--use of a column that is no feature by the schema says so" {
	small
	printf 'columns:\n  city: {type: text, role: drop}\n  n: integer\n  label: {type: text, role: target}\n' >schema.yaml
	ns-encode -S schema.yaml --use ordinal=city -w encode.ns train.csv >encoded.csv 2>err
	grep -qx "ns-encode: --use: column 'city' is no feature by its role in the schema, and stays none" err
	same 'city,n,label\n1,1,yes\n0,2,no\n1,3,yes\n2,2,no' cat encoded.csv
	ns-encode -t label --use ordinal=city -w encode.ns train.csv 2>err >encoded.csv
	[[ ! -s err ]]
}
