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
