#!/usr/bin/env bats
# ns-scale. What it has in common with ns-impute and ns-encode is in ns-impute.bats.
load helper

small()
{
	printf 'a,b,name,Result\n1,10,x,1\n2,,y,-1\n3,30,z,1\n6,50,,-1\n' >train.csv
}

@test "the manual's first example: mean 0 and standard deviation 1; the stage is a table" {
	small
	ns-scale --strategy standard -t Result -w scale.ns < train.csv > scaled.csv
	same 'a,b,name,Result\n-1.0690449676496976,-1.224744871391589,x,1\n-0.5345224838248488,,y,-1\n0,0,z,1\n1.6035674514745464,1.224744871391589,,-1' cat scaled.csv
	same 'column,strategy,center,scale,shift\na,standard,3,1.8708286933869707,0\nb,standard,30,16.32993161855452,0' ns-convert scale.ns
}

@test "the second example: other rows, columns in any order" {
	small
	ns-scale --strategy min-max -t Result -w scale.ns <train.csv >/dev/null
	same 'b,c,a\n1,x,0.4\n,y,-0.2\n2.25,,1' ns-scale -m scale.ns <<<$'b,c,a\n50,x,3\nNA,y,0\n100,,6'
}

@test "the third example: behind an imputation, in one pipe" {
	small
	ns-convert -O arrow < train.csv | ns-impute -t Result -w impute.ns | ns-scale -w scale.ns > prepared.arrow
	cat impute.ns scale.ns > prep.ns
	ns-scale -m prep.ns train.csv | cmp - <(ns-convert prepared.arrow)
}

@test "min-max: the ends of the range; a constant column is moved only" {
	same 'a,b\n0,0\n0.5,0\n1,0' ns-scale --strategy min-max -w s.ns <<<$'a,b\n-1,7\n0,7\n1,7'
	same 'a,b\n-1,-1\n0,-1\n1,-1' ns-scale --strategy min-max --range -1,1 -w s.ns <<<$'a,b\n-1,7\n0,7\n1,7'
}

@test "robust: the median and two quantiles" {
	same 'a\n-1\n-0.5\n0\n0.5\n48.5' ns-scale --strategy robust -w s.ns <<<$'a\n1\n2\n3\n4\n100'
	same 'a\n-0.5\n0\n0.5' ns-scale --strategy robust --quantiles 0,100 -w s.ns <<<$'a\n1\n2\n3'
}

@test "wrong options are refused" {
	small
	fails 2 '^ns-scale: --range is for --strategy min-max$' ns-scale --range 0,2 -w s.ns train.csv
	fails 2 '^ns-scale: --quantiles is for --strategy robust$' ns-scale --quantiles 5,95 -w s.ns train.csv
	for pair in 1,0 0,0 1 0,1,2 0,inf; do
		fails 2 '^ns-scale: --range takes two numbers, the lower first: LOW,HIGH$' ns-scale --strategy min-max --range "$pair" -w s.ns train.csv
	done
	fails 2 "^ns-scale: --range: 'x' is not a number$" ns-scale --strategy min-max --range 0,x -w s.ns train.csv
	fails 2 '^ns-scale: --quantiles are percentiles: from 0 to 100$' ns-scale --strategy robust --quantiles 5,101 -w s.ns train.csv
	fails 2 '^ns-scale: --quantiles are percentiles: from 0 to 100$' ns-scale --strategy robust --quantiles -1,50 -w s.ns train.csv
}

@test "a text column that -c names, an empty one and infinities are refused, with the remedy" {
	small
	fails 1 "^ns-scale: train.csv: column 'name' is text, which ns-scale does not take \(-x 'name' leaves it out\)$" ns-scale -c a,name -w s.ns train.csv
	fails 1 "^ns-scale: stdin: column 'a' has no value to learn from \(-x 'a' leaves it out\)$" ns-scale -w s.ns <<<$'a,b\n,1'
	fails 1 "^ns-scale: stdin: column 'a': 1 of 2 values are infinite \(ns-impute --inf missing\)$" ns-scale -w s.ns <<<$'a,b\n-inf,1\n2,3'
	fails 1 "^ns-scale: stdin: column 'a': its values are too far apart to be scaled \(-x 'a' leaves it out\)$" ns-scale -w s.ns <<<$'a\n1e300\n-1e300'
}

@test "infinities pass when a stage is applied" {
	small
	ns-scale --strategy min-max -t Result -c a -w s.ns train.csv >/dev/null
	same 'a\ninf\n-inf' ns-scale -m s.ns <<<$'a\ninf\n-inf'
}

@test "columns that nobody asked for pass untouched" {
	same 'a,b,c\n0,1.50,"x,y"\n1, 007,z' ns-scale --strategy min-max -c a -w s.ns <<<$'a,b,c\n1,1.50,"x,y"\n2, 007,z'
}

@test "the stage does not depend on the order of the rows" {
	small
	ns-scale -t Result -w one.ns train.csv >/dev/null
	{
		head -n 1 train.csv
		tail -n +2 train.csv | tac
	} >turned.csv
	ns-scale -t Result -w two.ns turned.csv >/dev/null
	cmp one.ns two.ns
}
