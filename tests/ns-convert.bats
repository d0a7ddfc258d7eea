#!/usr/bin/env bats
# ns-convert: the same table in another form.
load helper

# A table of five rows and its Arrow form, in the test's folder.
small()
{
	printf 'id,age,name,Result\n1,30,Ann,-1\n2,,Bob,1\n3,41.5,"C, D",1\n4,7,,-1\n5,8,E,1\n' >a.csv
	ns-convert -O arrow <a.csv >a.arrow
}

# Two stages with different columns.
bundle()
{
	printf 'a,b\n1,2\n' | ns-convert -O arrow --set-metadata ns:stage=impute --set-metadata key=value >one.ns
	printf 'c\nx\ny\n' | ns-convert -O arrow --set-metadata ns:stage=scale >two.ns
	cat one.ns two.ns >pipeline.ns
}

@test "CSV to Arrow and back: the same table" {
	printf 'id,age,name\n1,30,Ann\n2,,"B, C"\n' >a.csv
	ns-convert -O arrow < a.csv > a.arrow
	[[ $(head -c 4 a.arrow | od -An -tx1) == " ff ff ff ff" ]]
	ns-convert a.arrow | cmp - a.csv
}

@test "the second example works: columns and the first rows" {
	small
	same 'Result,name\n-1,Ann\n1,Bob' ns-convert -c 'Result,n*' --head 2 a.arrow
}

@test "CSV to CSV keeps every value's bytes and quotes where needed only" {
	printf 'a,"b"\n 1.50 ,"x"\n+1,"y,y"\nNA,""\n' >odd.csv
	same 'a,b\n 1.50 ,x\n+1,"y,y"\nNA,' ns-convert odd.csv
}

@test "the conformance collection keeps its values from CSV to Arrow to CSV, as Python's csv module reads them" {
	python_with csv
	for file in "$DATA"/csv/*.csv; do
		options=()
		case $file in
		*/semicolon.csv) options=(-d ';') ;;
		*/tab.csv) options=(-d tab) ;;
		esac
		ns-convert -q "${options[@]}" "$file" >direct.csv
		ns-convert -q "${options[@]}" --text '*' -O arrow "$file" | ns-convert "${options[@]}" | cmp - direct.csv || { echo "$file, as text"; return 1; }
		case $file in
		*/odd-numbers.csv) ;;
		*) ns-convert -q "${options[@]}" -O arrow "$file" | ns-convert "${options[@]}" | cmp - direct.csv || { echo "$file"; return 1; } ;;
		esac
		"$PYTHON" - "$file" direct.csv "${options[1]:-,}" <<-'EOF' || { echo "$file: not what Python reads"; return 1; }
			import csv, sys
			csv.field_size_limit(1 << 24)
			d = '\t' if sys.argv[3] == 'tab' else sys.argv[3]
			def rows(name):
			    with open(name, encoding='utf-8-sig', newline='') as f:
			        rows = list(csv.reader(f, delimiter=d))
			    width = len(rows[0])
			    return [r or [''] for r in rows[1:] if (r or width == 1) and r != rows[0]]
			sys.exit(rows(sys.argv[1]) != rows(sys.argv[2]))
		EOF
	done
}

@test "numbers that are not written shortest come back as the same numbers" {
	same 'price,exp,plus,point,zeros,hex,grouped,long,marker
1.5,1000,1,0.5,007,0x1F,"1,000",0.12345678901234568,
2,100000,2,5,012,0xff,"2,000",3.141592653589793,
10.1,1.2,0,1,000,0x0,"3,000",1,' bash -c "ns-convert -O arrow '$DATA/csv/odd-numbers.csv' | ns-convert"
}

@test "pyarrow and polars read what is written, and theirs is read" {
	python_with pyarrow polars
	small
	"$PYTHON" - <<-'EOF'
		import pyarrow.ipc as ipc, polars
		table = ipc.open_stream("a.arrow").read_all()
		assert table.schema.names == ["id", "age", "name", "Result"]
		assert [str(t) for t in table.schema.types] == ["double", "double", "string", "double"]
		assert table.to_pydict()["age"] == [30, None, 41.5, 7, 8]
		assert table.to_pydict()["name"] == ["Ann", "Bob", "C, D", None, "E"]
		frame = polars.read_ipc_stream("a.arrow")
		assert frame["age"].to_list() == [30, None, 41.5, 7, 8]
		frame.with_columns(polars.col("id").cast(polars.Int64)).write_ipc_stream("theirs.arrow")
	EOF
	ns-convert theirs.arrow | cmp - a.csv
	same 'column,type\nid,int64\nage,float64\nname,utf8\nResult,float64' ns-convert --types theirs.arrow
}

@test "compressed input is unwrapped" {
	small
	gzip -c a.csv | ns-convert | cmp - a.csv
	zstd -qc a.arrow | ns-convert | cmp - a.csv
}

@test "-c honours its order, -x leaves out, --rename gives other names" {
	small
	same 'name,id\nAnn,1' ns-convert --head 1 -c name,id a.csv
	same 'name,id,Result\nAnn,1,-1' ns-convert --head 1 -c 'name,*' -x age a.csv
	same 'years,id\n30,1' ns-convert --head 1 -c '#2,#1' --rename age=years a.csv
	fails 2 "^ns-convert: --rename 'agee=years': no such column, or no new name$" ns-convert --rename agee=years a.csv
	fails 2 "^ns-convert: --rename 'age': not of the form OLD=NEW$" ns-convert --rename age a.csv
	fails 2 "^ns-convert: --rename makes two columns 'id'$" ns-convert --rename age=id a.csv
	fails 2 "^ns-convert: -c and -x leave no column of a.csv$" ns-convert -x '*' a.csv
	fails 1 "^ns-convert: a.csv: no column 'nam' \(did you mean 'name'\?\)$" ns-convert -c nam a.csv
}

@test "a renamed target stays the target" {
	small
	ns-convert -O arrow --set-metadata ns:target=Result a.csv | ns-convert -O arrow --rename Result=label >b.arrow
	same 'ns:target: label' ns-convert --metadata b.arrow
}

@test "--rows, --head and --tail" {
	small
	same 'id\n2\n4\n5' ns-convert -c id --rows 4-,2 a.csv
	same 'id\n1\n2\n3' ns-convert -c id --rows 2-3,1-2 a.arrow
	same 'id\n4\n5' ns-convert -c id --tail 2 a.csv
	same 'id\n4\n5' bash -c 'cat a.arrow | ns-convert -c id --tail 2'
	same 'id\n1\n2\n3\n4\n5' ns-convert -c id --tail 9 a.csv
	same id ns-convert -c id --tail 0 a.csv
	same id ns-convert -c id --head 0 a.csv
	same id ns-convert -c id --rows 6- a.csv
	same 'id\n5\n1' ns-convert -c id --rows 5,6 a.csv a.csv
	fails 2 "^ns-convert: '3-2' is no range of rows: 7, 3-9 or 100-, counted from 1$" ns-convert --rows 3-2 a.csv
	fails 2 "^ns-convert: --rows, --head and --tail: only one of them$" ns-convert --rows 1 --head 2 a.csv
}

@test "--head stops reading" {
	same 'a\n1' bash -c "(printf 'a\n'; yes 1) | ns-convert --head 1"
}

@test "--types shows what is decided" {
	printf 'n,t,code,gap\n1,x,007,\n2.5,1,1,?\n' >t.csv
	same 'column,type\nn,number\nt,text\ncode,text\ngap,number' ns-convert --types t.csv
	same 'column,type\nn,text' ns-convert --types --text n -c n t.csv
}

@test "a type that the first 10,000 rows show and a later one contradicts" {
	(echo id,age; for ((i = 1; i <= 10000; i++)); do echo "$i,5"; done; echo 10001,abc) >late.csv
	fails 1 "^ns-convert: late.csv:10002: column 'age': 'abc' is not a number, the values before it are \(--text takes the column as text, --on-error skip or missing goes on\)$" \
		ns-convert -O arrow late.csv
	ns-convert -O arrow --text age late.csv | ns-convert | cmp - late.csv
	ns-convert late.csv | cmp - late.csv # nobody asks for its numbers
	ns-convert -O arrow -c id late.csv >/dev/null # nor here
}

@test "an id behind the first 10,000 rows keeps its digits: leading zeros, or more of them than a double holds" {
	local id remedy='\(--text takes the column as text, --number as numbers, --on-error skip or missing goes on\)'
	for id in 007 -01 00000000012 9007199254740993; do
		(echo id,age; for ((i = 1; i <= 10000; i++)); do echo "$i,5"; done; echo "0,5"; echo "-0,5"; echo "0.5,5"; echo "$id,5") >late.csv
		fails 1 "^ns-convert: late.csv:10005: column 'id': '$id' would lose digits as a number $remedy\$" ns-convert -O arrow late.csv
		ns-convert -O arrow --text id late.csv | ns-convert | cmp - late.csv
		ns-convert -O arrow --number id late.csv | ns-convert | tail -n 1 | grep -Ex -e '-?[1-9][0-9]*,5'
		same '0.5,5' bash -c 'ns-convert -q -O arrow --on-error skip late.csv | ns-convert | tail -n 1'
		same ',5' bash -c 'ns-convert -q -O arrow --on-error missing late.csv | ns-convert | tail -n 1'
	done
}

@test "--on-error skip sets rows aside, --rejects keeps them, the count is noted" {
	printf 'a,b\n1,x\nbad,y\n;\n4,z\n' >odd.csv
	fails 0 "^ns-convert: 2 rows were set aside in 'bad.csv', the first: odd.csv:4: .*" \
		ns-convert --number a -O arrow --on-error skip --rejects bad.csv odd.csv
	ns-convert -q --number a -O arrow --on-error skip odd.csv >good.arrow
	same 'a,b\n1,x\n4,z' ns-convert good.arrow
	printf 'a,b\n;\nbad,y\n' | cmp - bad.csv
	printf 'a,b\n1,x\nbad,y\n' >odd.csv
	fails 0 "^ns-convert: 1 value was taken as missing, the first: odd.csv:3: column 'a': 'bad' is not a number$" \
		ns-convert --number a -O arrow --on-error missing odd.csv
	fails 2 "^ns-convert: --rejects keeps the rows that --on-error skip sets aside: give both$" ns-convert --rejects bad.csv odd.csv
}

@test "-H --names with --on-error skip: a first line that is no record is set aside, too" {
	printf '|not a record\n1,x\n2\n3,y\n' >junk.csv
	fails 1 "^ns-convert: junk.csv:1: 1 field, but --names lists 2$" ns-convert -H --names a,b junk.csv
	fails 0 "^ns-convert: 2 rows were set aside in 'bad.csv', the first: junk.csv:1: 1 field where the list of names has 2: '.not a record'" \
		ns-convert -H --names a,b --on-error skip --rejects bad.csv junk.csv
	same 'a,b\n1,x\n3,y' echo "$stdout"
	printf '|not a record\n2\n' | cmp - bad.csv
	same 'a,b\n1,x\n3,y' ns-convert -q -H --trim --names a,b --on-error skip junk.csv
	same 'a,b\n1,x' ns-convert -q -H --names a,b --on-error skip <<<$'junk"\n1,x'
	same 'a,b' ns-convert -q -H --names a,b --on-error skip <<<$'junk'
	fails 1 "^ns-convert: junk.csv:2: 2 fields where the first row has 1" ns-convert -H junk.csv
}

@test "--trim: blanks around unquoted values do not belong to them, for types, missing words, labels and what is written" {
	printf ' id, work ,\tpay\n39, State-gov, <=50K\n50 , ? ,\t>50K\t\n  ,  a  b," <=50K"\n' >raw.csv
	fails 0 "^$" ns-convert --trim raw.csv
	same 'id,work,pay\n39,State-gov,<=50K\n50,?,>50K\n,a  b, <=50K' ns-convert --trim raw.csv
	ns-convert --trim --na '?' -O arrow raw.csv >a.arrow
	same 'id,work,pay\n39,State-gov,<=50K\n50,,>50K\n,a  b, <=50K' ns-convert a.arrow
	same 'id,work,pay\n39,State-gov,<=50K\n50,,>50K\n,a  b, <=50K' ns-convert --trim a.arrow
	same 'a,b,c\n39,State-gov,<=50K' ns-convert --trim -H --names a,b,c --head 1 <<<'39, State-gov, <=50K'
	# a malformed row is kept as it came, one that contradicts its column as it was read
	printf 'a,b\n 1 , x \nbad ,  y \n ;\n' >odd.csv
	ns-convert -q --trim --number a -O arrow --on-error skip --rejects bad.csv odd.csv | ns-convert >good.csv
	printf 'a,b\n1,x\n' | cmp - good.csv
	printf 'a,b\n ;\nbad,y\n' | cmp - bad.csv
}

@test "--metadata shows every stream, --stage picks one" {
	bundle
	same 'ns:stage: impute\nkey: value\n\nns:stage: scale' ns-convert --metadata pipeline.ns
	same 'a,b\n1,2' ns-convert --stage 1 pipeline.ns
	same 'c\nx\ny' ns-convert --stage scale pipeline.ns
	same 'c\ny' ns-convert --stage scale --tail 1 pipeline.ns
	ns-convert --stage scale -O arrow pipeline.ns | cmp - two.ns
	ns-convert --stage 1 -O same <pipeline.ns | cmp - one.ns
	fails 2 "^ns-convert: pipeline.ns: no stage 'model' \(it holds 1 impute, 2 scale\)$" ns-convert --stage model pipeline.ns
	fails 2 "^ns-convert: pipeline.ns: no stage '3' " ns-convert --stage 3 pipeline.ns
	cat two.ns >>pipeline.ns
	fails 2 "^ns-convert: pipeline.ns: more than one stage 'scale' " ns-convert --stage scale pipeline.ns
	fails 2 "^ns-convert: --stage takes one file$" ns-convert --stage 1 one.ns two.ns
	fails 1 "^ns-convert: .*is a stage of a bundle \('scale'\).*--stage" ns-convert pipeline.ns
	small
	[[ -z $(ns-convert --metadata a.csv) ]]
}

@test "--set-metadata sets, replaces and removes" {
	small
	ns-convert -O arrow --set-metadata k=v --set-metadata l=w a.csv | ns-convert -O arrow --set-metadata k=x=y --set-metadata l= >b.arrow
	same 'k: x=y' ns-convert --metadata b.arrow
	fails 2 "^ns-convert: --set-metadata needs -O arrow: CSV carries no metadata$" ns-convert --set-metadata k=v a.csv
	fails 2 "^ns-convert: --set-metadata '=v': not of the form KEY=VALUE$" ns-convert -O arrow --set-metadata =v a.csv
}

@test "several inputs are one table where they are alike, and streams that follow each other, too" {
	small
	same 'id\n1\n2\n3\n4\n5\n1\n2\n3\n4\n5' ns-convert -c id a.arrow a.arrow
	same 'id\n1\n2\n3\n4\n5\n1\n2\n3\n4\n5' bash -c 'cat a.arrow a.arrow | ns-convert -c id'
	cat a.arrow a.arrow | ns-convert -O arrow >b.arrow
	same 10 bash -c 'ns-convert --no-header-output -c id b.arrow | wc -l'
	printf 'id,b\n1,2\n' >b.csv
	fails 1 "^ns-convert: b.csv: has 2 columns, a.csv has 4$" ns-convert a.csv b.csv
	fails 1 "^ns-convert: a.arrow: is arrow, but the input before it is csv \(ns-convert makes them alike\)$" ns-convert a.csv a.arrow
}

@test "--text and --number decide about Arrow columns as well" {
	small
	same 'column,type\nid,utf8\nage,float64\nname,utf8\nResult,float64' bash -c 'ns-convert -O arrow --text id a.arrow | ns-convert --types'
	ns-convert -O arrow --text id a.arrow | ns-convert -O arrow --number id | cmp - a.arrow
}

@test "no header, other delimiters, no header written" {
	same '1,2\nx,1' bash -c 'printf "x;1\n" | ns-convert -H -d ";" | tr ";" ,'
	same 'p\tq\nx\t1' bash -c 'printf "x\t1\n" | ns-convert -H --names p,q -d tab'
	same 'x,1' bash -c 'printf "a,b\nx,1\n" | ns-convert --no-header-output'
}

@test "Arrow is not written to a terminal" {
	command -v script >/dev/null || skip "no script(1)"
	small
	run -2 script -qec "ns-convert -O arrow a.csv" /dev/null
	[[ $output == *"stdout is a terminal and Arrow is binary (-O csv shows it; or redirect)"* ]]
}
