#!/usr/bin/env bats
# ns-validate: a table against its schema; a first schema.
load helper

# A schema of five columns, and a table that is what it says.
small()
{
	cat >schema.yaml <<-'END'
		target: label
		positive: bad
		labels: {bad: an attack, good: normal}
		columns:
		  id: {type: integer, role: id, unique: true}
		  age: {type: number, missing: true, range: [0, 120]}
		  code: {type: integer, values: [-1, 0, 1]}
		  name: {type: text, missing: true, pattern: '^[A-Z][a-z]*$'}
		  label: {type: text, role: target, values: [bad, good]}
	END
	printf 'id,age,code,name,label\n1,30,-1,Ann,bad\n2,NA,0,,good\n3, 41.5 ,1.0,"Bob",bad\n' >good.csv
	printf 'id,age,code,name,label\n1,30,-1,Ann,bad\n1,130,2,ann,good\nx,old,0.5,B,ugly\n4,1,,C,\n' >bad.csv
}

@test "good data pass unchanged" {
	cp -r "$ROOT/schema" .
	cp "$DATA/phishing-sample.csv" all.csv
	ns-validate -S schema/phishing.yaml --report report.yaml < all.csv > good.csv
	cmp all.csv good.csv
	grep -qx 'result: pass' report.yaml
	grep -qx 'rows: 2000' report.yaml
}

@test "the second example works: an inferred schema accepts what it was made from" {
	cp "$DATA/phishing-sample.csv" all.csv
	ns-validate --infer -t Result < all.csv > schema.yaml
	ns-validate -S schema.yaml --require-target all.csv | cmp - all.csv
	grep -qx 'target: Result' schema.yaml
}

@test "every value keeps its bytes" {
	small
	ns-validate -S schema.yaml good.csv >out
	same 'id,age,code,name,label\n1,30,-1,Ann,bad\n2,NA,0,,good\n3, 41.5 ,1.0,Bob,bad' cat out
}

@test "bad data are exit 1: nothing is written, all violations are counted, the first is named" {
	small
	fails 1 "^ns-validate: bad.csv:3: column 'id': '1' came before; in all 10 violations, 3 of 4 rows are bad: column 'id': type \(1\), column 'id': unique \(1\), column 'age': type \(1\), and 7 more$" \
		ns-validate -S schema.yaml --report report.yaml --errors errors.csv bad.csv
	[[ -z $stdout ]]
	same 'line,column,value,rule
3,id,1,unique
3,age,130,range
3,code,2,values
3,name,ann,pattern
4,id,x,type
4,age,old,type
4,code,0.5,type
4,label,ugly,values
5,code,,missing
5,label,,missing' cat errors.csv
	cat >expected <<-'END'
		file: bad.csv
		schema: schema.yaml
		result: fail
		rows: 4
		valid_rows: 1
		invalid_rows: 3
		violations: 10
		checks:
		  missing_column: 0
		  unexpected_column: 0
		  doubled_column: 0
		  columns: 0
		  type: 3
		  missing: 2
		  range: 1
		  values: 2
		  pattern: 1
		  unique: 1
		header:
		  missing_columns: []
		  unexpected_columns: []
		  doubled_columns: []
		columns:
		  id:
		    type:
		      count: 1
		      examples:
		        - {line: 4, value: x}
		    unique:
		      count: 1
		      examples:
		        - {line: 3, value: '1'}
		  age:
		    type:
		      count: 1
		      examples:
		        - {line: 4, value: old}
		    range:
		      count: 1
		      examples:
		        - {line: 3, value: '130'}
		  code:
		    type:
		      count: 1
		      examples:
		        - {line: 4, value: '0.5'}
		    missing:
		      count: 1
		      examples:
		        - {line: 5, value: ''}
		    values:
		      count: 1
		      examples:
		        - {line: 3, value: '2'}
		  name:
		    pattern:
		      count: 1
		      examples:
		        - {line: 3, value: ann}
		  label:
		    missing:
		      count: 1
		      examples:
		        - {line: 5, value: ''}
		    values:
		      count: 1
		      examples:
		        - {line: 4, value: ugly}
	END
	diff expected report.yaml
}

@test "the header: everything that is wrong is named, and the rows are checked all the same" {
	small
	printf 'agee,age,age,name,extra,ns:mark,code\n1,2,3,Ann,x,0,9\n' >head.csv
	fails 1 "^ns-validate: head.csv: column 'id' is missing; in all 5 violations, 1 of 1 rows are bad: column 'id': missing_column, column 'agee': unexpected_column, column 'extra': unexpected_column, column 'age.1': doubled_column, column 'code': values \(1\)$" \
		ns-validate -q -S schema.yaml --report report.yaml --errors errors.csv head.csv
	same 'line,column,value,rule\n,id,,missing_column\n,agee,,unexpected_column\n,age.1,,doubled_column\n,extra,,unexpected_column\n2,code,9,values' cat errors.csv
	same 'header:\n  missing_columns: [id]\n  unexpected_columns: [agee, extra]\n  doubled_columns: [age.1]' grep -A3 '^header' report.yaml
	printf 'extra: allow\n' >>schema.yaml
	printf 'id,aeg,code,name\n1,2,1,\n' >head.csv
	fails 1 "^ns-validate: head.csv: column 'age' is missing \(is it 'aeg'\?\) \(the only violation in 1 rows\)$" ns-validate -S schema.yaml head.csv
}

@test "the target may be absent, unless --require-target; -t names it in place of the schema's" {
	small
	printf 'id,age,code,name\n1,30,-1,Ann\n' >new.csv
	ns-validate -S schema.yaml new.csv | cmp - new.csv
	fails 1 "^ns-validate: new.csv: column 'label' is missing \(the only violation in 1 rows\)$" ns-validate -S schema.yaml --require-target new.csv
	fails 1 "^ns-validate: new.csv: column 'class' is missing \(the only violation in 1 rows\)$" ns-validate -S schema.yaml --require-target -t class new.csv
	printf 'id,age,code,name,class\n1,30,-1,Ann,x\n' >class.csv
	ns-validate -S schema.yaml --require-target -t class class.csv | cmp - class.csv
	sed -i '/^target\|^positive\|^labels/d; s/role: target, //' schema.yaml
	fails 2 "^ns-validate: --require-target: which column is the target\? \(-t NAME, or 'target' in the schema\)$" \
		ns-validate -S schema.yaml --require-target good.csv
}

@test "--invalid sets bad rows aside, --max-bad says how many may be; from a file and from a pipe" {
	small
	sed '4s/.*/1,2/' bad.csv >worse.csv
	printf 'id,age,code,name,label\n1,30,-1,Ann,bad\n' >want.csv
	printf 'id,age,code,name,label\n1,2\n1,130,2,ann,good\n4,1,,C,\n' >aside.csv
	for input in worse.csv <(cat worse.csv); do
		rm -f invalid.csv
		fails 0 "^ns-validate: 3 of 4 rows are set aside in 'invalid.csv', the first: .*:3: column 'id': '1' came before$" \
			ns-validate -S schema.yaml --invalid invalid.csv --max-bad 3 "$input"
		[[ $stdout == "$(<want.csv)" ]]
		cmp invalid.csv aside.csv
	done
	rm invalid.csv
	fails 1 "^ns-validate: worse.csv:3: column 'id': '1' came before; in all 7 violations, 3 of 4 rows are bad: columns \(1\), " \
		ns-validate -S schema.yaml --invalid invalid.csv --max-bad 2 worse.csv
	[[ -z $stdout ]]
	cmp invalid.csv aside.csv # the report and the rows are complete all the same
	fails 2 "^ns-validate: --max-bad needs --invalid FILE, where the bad rows go$" ns-validate -S schema.yaml --max-bad 2 good.csv
}

@test "two outputs of one name are refused; a long list of columns is cut" {
	small
	fails 2 "^ns-validate: out: cannot be two outputs at once: give them different names$" ns-validate -S schema.yaml --report out --errors out good.csv
	printf 'a1,a2,a3,a4,a5,a6,a7,a8\n1,2,3,4,5,6,7,8\n' >strange.csv
	fails 1 "unexpected_column, and [0-9]+ more$" ns-validate -S schema.yaml strange.csv
	[[ $(grep -o _column <<<"$stderr" | wc -l) == 9 ]]
}

@test "a bad header is a no, whatever is set aside" {
	small
	sed '1s/code/kode/' good.csv >head.csv
	fails 1 "column 'code' is missing \(is it 'kode'\?\); in all 2 violations, 0 of 3 rows are bad" ns-validate -S schema.yaml --invalid invalid.csv head.csv
	[[ -z $stdout ]]
	fails 1 "column 'code' is missing" bash -c 'cat head.csv | ns-validate -S schema.yaml --invalid invalid.csv'
	[[ -z $stdout ]]
}

@test "a pipe: good rows leave, the output ends cut, checking goes on; with --spool nothing leaves" {
	small
	{
		head -n 1 good.csv
		for ((i = 1; i <= 20000; i++)); do echo "$i,30,1,Ann,good"; done
		printf 'x,30,1,Ann,good\n7,30,1,Ann,good\n'
	} >long.csv
	fails 1 "^ns-validate: stdin:20002: column 'id': 'x' is not an integer; in all 2 violations, 2 of 20002 rows are bad: " \
		bash -c 'cat long.csv | ns-validate -S schema.yaml --report report.yaml'
	[[ ${#stdout} -gt 100000 ]]
	fails 1 "quote" ns-convert <<<"$stdout"
	grep -qx 'violations: 2' report.yaml
	fails 1 "^ns-validate: stdin:20002: " bash -c 'cat long.csv | ns-validate -S schema.yaml --spool'
	[[ -z $stdout ]]
	fails 1 "^ns-validate: stdin:20002: " ns-validate -S schema.yaml <long.csv
	[[ -z $stdout ]]
	head -n 20001 long.csv >fine.csv
	ns-validate -S schema.yaml --spool <(cat fine.csv) | cmp - fine.csv
}

@test "malformed rows are counted with the others, in the order of the input" {
	small
	printf 'id,age,code,name,label\n;\n1,30,-1,Ann,bad\n2,200,1,,good\n3,4,5\n4,1,7,,bad\n5,"1"2,1,,good\n' >odd.csv
	fails 1 "^ns-validate: odd.csv:2: 1 field where the header has 5: ';'; in all 5 violations, 5 of 6 rows are bad: columns \(3\), column 'age': range \(1\), column 'code': values \(1\)$" \
		ns-validate -S schema.yaml --report report.yaml --errors errors.csv odd.csv
	same 'line,column,value,rule\n2,,;,columns\n4,age,200,range\n5,,"3,4,5",columns\n6,code,7,values\n7,,"5,""1""2,1,,good",columns' cat errors.csv
	same "malformed_rows:\n  count: 3\n  examples:\n    - {line: 2, value: ';'}\n    - {line: 5, value: '3,4,5'}\n    - {line: 7, value: '5,\"1\"2,1,,good'}" \
		grep -A5 '^malformed_rows' report.yaml
	sed -i '2d' odd.csv
	fails 1 "^ns-validate: odd.csv:3: column 'age': '200' is above 120; " ns-validate -S schema.yaml odd.csv
}

@test "an input that cannot be read to its end: the report says so" {
	small
	printf '4,"1,1,,bad\n' | cat bad.csv - >cut.csv
	fails 1 "^ns-validate: cut.csv:6: byte 3: a quote opens here and never closes" ns-validate -S schema.yaml --report report.yaml --errors errors.csv cut.csv
	grep -qx 'result: fail' report.yaml
	grep -qx "error: 'cut.csv:6: byte 3: a quote opens here and never closes (was the end cut off?)'" report.yaml
	same 11 bash -c 'wc -l <errors.csv'
	ns-convert -O arrow good.csv | head -c -8 >cut.arrow
	fails 1 "^ns-validate: cut.arrow: " ns-validate -S schema.yaml --report report.yaml cut.arrow
	grep -q "^error: 'cut.arrow: " report.yaml
}

@test "Arrow: in and out, with the label's metadata; numbers in text, the row in place of the line" {
	small
	ns-validate -S schema.yaml -O arrow good.csv >good.arrow
	same 'ns:target: label\nns:positive: bad\nns:classes: bad\\\\tgood\nns:labels: an attack\\\\tnormal' bash -c "ns-convert --metadata good.arrow | sed 's/\t/\\\\\\\\t/g'"
	same '' bash -c "cut -d, -f1-4 good.csv | ns-validate -S schema.yaml -O arrow | ns-convert --metadata | grep . || echo" # no label, no word of it
	same 'column,type\nid,float64\nage,float64\ncode,float64\nname,utf8\nlabel,utf8' ns-convert --types good.arrow
	ns-validate -S schema.yaml good.arrow | cmp - good.arrow
	ns-convert -O arrow --text '*' bad.csv >bad.arrow
	fails 1 "^ns-validate: bad.arrow: row 2: column 'id': '1' came before; in all 10 violations, 3 of 4 rows are bad: " ns-validate -S schema.yaml --errors errors.csv bad.arrow
	same '2,id,1,unique\n2,age,130,range' sed -n 2,3p errors.csv
	ns-validate -q -S schema.yaml --invalid invalid.csv bad.arrow | ns-convert >out.csv
	same 'id,age,code,name,label\n1,30,-1,Ann,bad' cat out.csv
	tail -n +3 bad.csv | diff - <(tail -n +2 invalid.csv)
}

@test "CSV to Arrow: a value of the wrong type is never lost, also where the schema is silent" {
	printf 'columns: {a: number}\nextra: allow\n' >open.yaml
	(echo a,b; for ((i = 0; i < 10001; i++)); do echo "$i,$i"; done; echo 7,x) >late.csv
	ns-validate -S open.yaml late.csv | cmp - late.csv
	fails 1 "^ns-validate: late.csv:10003: column 'b': 'x' is not a number \(the only violation in 10002 rows\)$" ns-validate -S open.yaml -O arrow late.csv
	[[ -z $stdout ]]
}

@test "several inputs are one table; errors and report name the file" {
	small
	ns-validate -S schema.yaml good.csv <(sed 's/^[123],/4&/' good.csv) >out
	[[ $(wc -l <out) == 7 ]]
	fails 1 "^ns-validate: bad.csv:2: column 'id': '1' came before; in all 11 " ns-validate -S schema.yaml --report report.yaml --errors errors.csv good.csv bad.csv
	same 'line,column,value,rule,file\n2,id,1,unique,bad.csv' head -n 2 errors.csv
	grep -qx "file: 'good.csv, bad.csv'" report.yaml
	grep -qx "        - {file: bad.csv, line: 2, value: '1'}" report.yaml
}

@test "the words for missing, and --na" {
	small
	printf 'id,age,code,name,label\n1,-9,1,Ann,bad\n2,?,NA,,good\n' >na.csv
	fails 1 "^ns-validate: na.csv:2: column 'age': '-9' is below 0; in all 2 violations, .*column 'age': range \(1\), column 'code': missing \(1\)$" ns-validate -S schema.yaml na.csv
	fails 1 "^ns-validate: na.csv:3: column 'age': '\?' is not a number; in all 3 violations" ns-validate -S schema.yaml --na -9 na.csv
	ns-validate -S schema.yaml --na '-9.0,?' <(sed 's/NA/1/; s/,,/,D,/' na.csv) >out
	same 'id,age,code,name,label\n1,-9,1,Ann,bad\n2,?,1,D,good' cat out
}

@test "the report is YAML, whatever the values are" {
	python_with yaml
	printf 'columns: {"a: b": {type: number}, "t": {values: [x]}}\n' >odd.yaml
	printf 'a: b,t\n"y: [",x\n"line\nbreak",x\n- #,"it'\''s ""it"""\n\xff\xfe,no\n%s,x\n' "$(printf '%0300d' 7 | tr 0 z)" >odd.csv
	fails 1 "^ns-validate: odd.csv:2: " ns-validate -S odd.yaml --report report.yaml odd.csv
	"$PYTHON" - <<-'EOF'
		import yaml
		report = yaml.safe_load(open("report.yaml", encoding="utf-8"))
		assert report["result"] == "fail" and report["violations"] == 7 and report["rows"] == 5, report
		assert [e["value"] for e in report["columns"]["a: b"]["type"]["examples"]] == ["y: [", "line\nbreak", "- #", "\uffff\uffff", "z" * 200 + "..."]
		assert [e["line"] for e in report["columns"]["a: b"]["type"]["examples"]] == [2, 3, 5, 6, 7]
		assert [e["value"] for e in report["columns"]["t"]["values"]["examples"]] == ["it's \"it\"", "no"]
		assert report["checks"]["type"] == 5 and report["checks"]["range"] == 0
	EOF
}

@test "calls that make no sense are exit 2" {
	small
	fails 2 "^ns-validate: -S FILE names the schema to check against, --infer makes one: give one of the two$" ns-validate good.csv
	fails 2 "^ns-validate: -S FILE names" ns-validate -S schema.yaml --infer good.csv
	fails 2 "^ns-validate: --infer checks nothing: leave out the options of checking$" ns-validate --infer --report r.yaml good.csv
	fails 2 "^ns-validate: --strict belongs to --infer$" ns-validate -S schema.yaml --strict good.csv
	fails 2 "^ns-validate: --on-error belongs to --infer; checking finds all bad rows, and --invalid FILE sets them aside$" ns-validate -S schema.yaml --on-error skip good.csv
	sed s/columns/colums/ schema.yaml >wrong.yaml
	fails 2 "^ns-validate: wrong.yaml:4: unknown key 'colums' \(did you mean 'columns'\?\)$" ns-validate -S wrong.yaml good.csv
	fails 2 "^ns-validate: no/report: cannot create: No such file or directory$" ns-validate -S schema.yaml --report no/report good.csv
}

# The words behind the column's name in an inferred schema, one a line.
inferred()
{
	awk -v want="  $1:" '$0 == want { on = 1; next } /^  [^ ]/ { on = 0 } on { sub(/^ +/, ""); print }' schema.yaml | paste -sd' '
}

@test "--infer: types, roles, values; the schema accepts its table" {
	{
		echo 'row,session,user_id,when,epoch,port,score,bytes,kind,note,code,const,none,seen,zip,label'
		for ((i = 0; i < 200; i++)); do
			echo "$i,s$((i * 7919 % 10007)),$((i * 37 % 200)),2024-05-$((10 + i / 20))T10:00:00Z,$((1714550000 + i * i)),$((i % 3 * 10)),0.$((i * 31 % 997)),$((i * i * 71 % 10007)),k$((i % 4)),word$((i % 120)),$((i % 3 - 1)).0,5,,$([[ $i == 9 ]] || echo 1),0$((i % 10))$((i % 7)),$([[ $((i % 3)) == 0 ]] && echo attack || echo normal)"
		done
	} >all.csv
	ns-validate --infer -t label all.csv >schema.yaml
	same 'type: integer role: id required: false missing: false unique: true' inferred row
	same 'type: text role: id required: false missing: false unique: true' inferred session
	same 'type: integer role: id required: false missing: false unique: true' inferred user_id
	same 'type: text role: time required: false missing: false' inferred when
	same 'type: integer role: time required: false missing: false' inferred epoch
	same 'type: integer role: feature required: true missing: false values: [0, 10, 20]' inferred port
	same 'type: number role: feature required: true missing: false' inferred score
	same 'type: integer role: feature required: true missing: false' inferred bytes
	same 'type: text role: feature required: true missing: false values: [k0, k1, k2, k3]' inferred kind
	same 'type: text role: drop required: false missing: true' inferred note
	same 'type: number role: feature required: true missing: false values: [-1, 0, 1]' inferred code
	same 'type: integer role: drop required: false missing: true' inferred const
	same 'role: drop required: false missing: true' inferred none
	same 'type: integer role: feature required: true missing: true values: [1]' inferred seen
	same 'type: text role: feature required: true missing: false' inferred zip
	same 'type: text role: target required: true missing: false values: [attack, normal]' inferred label
	same '  # 200 distinct in 200 rows, from 0 to 199\n  # left out of the features: integers in strict order' sed -n '/^columns/{n;N;p;}' schema.yaml
	ns-validate -S schema.yaml --require-target all.csv | cmp - all.csv
	ns-validate --infer --strict -t label all.csv >schema.yaml
	same 'type: number role: feature required: true missing: false range: [0, 0.992]' inferred score
	ns-validate -S schema.yaml all.csv | cmp - all.csv
	ns-validate --infer --strict -t label <(cat all.csv) >from-pipe.yaml
	tail -n +2 from-pipe.yaml | cmp - <(tail -n +2 schema.yaml)
}

@test "--infer accepts its table, whatever stands in it; from CSV and from Arrow it is the same" {
	tried=0
	for file in "$DATA"/csv/*.csv "$DATA/phishing-sample.csv"; do
		options=()
		case $file in
		*/semicolon.csv) options=(-d ';') ;;
		*/tab.csv) options=(-d tab) ;;
		esac
		[[ $(ns-convert -q "${options[@]}" "$file" | head -c 1000000 | wc -l) -gt 1 ]] || continue
		tried=$((tried + 1))
		for strict in '' --strict; do
			ns-validate -q --infer ${strict:+"$strict"} "${options[@]}" "$file" >schema.yaml
			ns-convert -q "${options[@]}" "$file" >want.csv
			ns-validate -q -S schema.yaml "${options[@]}" "$file" | cmp - want.csv || { echo "$file $strict"; return 1; }
		done
	done
	((tried > 10))
	ns-convert -O arrow "$DATA/phishing-sample.csv" | ns-validate --infer -t Result | tail -n +2 >from-arrow
	ns-validate --infer -t Result "$DATA/phishing-sample.csv" | tail -n +2 | cmp - from-arrow
}

@test "--infer: a late value decides, too; no rows, no target are exit 1" {
	(echo a,b; for ((i = 0; i < 10001; i++)); do echo "$((i % 5)),$((i % 5))"; done; echo x,007) >late.csv
	ns-validate --infer late.csv >schema.yaml
	same 'type: text role: feature required: true missing: false' inferred a
	same 'type: text role: feature required: true missing: false' inferred b
	ns-validate -S schema.yaml late.csv | cmp - late.csv
	fails 1 "^ns-validate: stdin: no rows to infer from$" ns-validate --infer <<<a,b
	fails 1 "^ns-validate: late.csv: no column 'c'" ns-validate --infer -t c late.csv
	printf 'a,b\n1,2\n3\n' >odd.csv
	fails 1 "^ns-validate: odd.csv:3: .*--on-error skip sets such rows aside" ns-validate --infer odd.csv
	fails 0 "1 row was set aside" ns-validate --infer --on-error skip odd.csv
}

@test "nothing but malformed rows, more than are held at a time: every one is listed" {
	printf 'columns: {a: number, b: number}\n' >two.yaml
	(echo a,b; seq 300000; echo 1,2) >all-bad.csv
	fails 1 "^ns-validate: all-bad.csv:2: 1 field where the header has 2: '1'; in all 300000 violations, 300000 of 300001 rows are bad: columns \(300000\)$" \
		ns-validate -S two.yaml --errors errors.csv all-bad.csv
	(echo line,column,value,rule; seq 300000 | awk '{ print $1 + 1 ",," $1 ",columns" }') | cmp - errors.csv
	same 'a,b\n1,2' ns-validate -q -S two.yaml --invalid invalid.csv all-bad.csv
	same 300001 bash -c 'wc -l <invalid.csv'
}

@test "--trim: schemas inferred and rows checked are those without the blanks around values" {
	printf 'age, work, pay\n39, State-gov, <=50K\n50, ?, >50K\n20, Private, <=50K\n' >raw.csv
	ns-validate -q --infer --trim --na '?' -t pay raw.csv >schema.yaml
	same "    values: ['<=50K', '>50K']" grep values: schema.yaml
	same 'type: text role: feature required: true missing: true' inferred work
	same 'age,work,pay\n39,State-gov,<=50K\n50,?,>50K\n20,Private,<=50K' ns-validate --trim --na '?' -S schema.yaml raw.csv
	printf 'age, work, pay\n 39 , x\t, <=50K \n18, y, >60K\n' >bad.csv
	fails 0 "1 of 2 rows are set aside in 'invalid.csv', the first: bad.csv:3: column 'pay': '>60K' is none of the values allowed" \
		ns-validate --trim -S schema.yaml --report report.yaml --invalid invalid.csv bad.csv
	same "        - {line: 3, value: '>60K'}" grep '{line' report.yaml
	same 'age,work,pay\n18,y,>60K' cat invalid.csv
	fails 1 "in all 2 violations, 2 of 2 rows are bad" ns-validate -S schema.yaml bad.csv
}
