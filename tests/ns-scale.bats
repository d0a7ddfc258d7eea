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
	same 'column,strategy,center,scale,shift,low,high\na,standard,3,1.8708286933869707,0,,\nb,standard,30,16.32993161855452,0,,' ns-convert scale.ns
}

@test "the second example: other rows, columns in any order" {
	small
	ns-scale --strategy min-max -t Result -w scale.ns <train.csv >/dev/null
	same 'b,c,a\n1,x,0.4\n,y,-0.2\n2.25,,1' ns-scale -m scale.ns <<<$'b,c,a\n50,x,3\nNA,y,0\n100,,6'
}

@test "the third example: each column as suits it" {
	printf 'src_a,dur,src_b,age,Result\n1,-8,0,1,1\n2,4,10,3,-1\n9,2,20,5,1\n' >train.csv
	ns-scale --strategy standard --use robust='src_*' --use max-abs=dur -t Result -w scale.ns < train.csv >out.csv
	same 'column,strategy\nsrc_a,robust\ndur,max-abs\nsrc_b,robust\nage,standard' ns-convert -c column,strategy scale.ns
	same 'src_a,dur,src_b\n-0.25,-1,-1\n0,0.5,0\n1.75,0.25,1' ns-convert -c src_a,dur,src_b out.csv
	ns-scale -m scale.ns train.csv | cmp - out.csv
}

@test "the fourth example: behind an imputation, in one pipe" {
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

@test "min-max: what lies outside is clipped on request, infinities too" {
	ns-scale --strategy min-max --range -1,1 --clip -w s.ns <<<$'a\n0\n4' >/dev/null
	same 'column,strategy,center,scale,shift,low,high\na,min-max,0,2,-1,-1,1' ns-convert s.ns
	same 'a\n-1\n1\n1\n""\n0.5' ns-scale -m s.ns <<<$'a\n-9\n5\ninf\nNA\n3'
}

@test "robust: in units of the normal distribution" {
	# the quartiles are 3 apart here, 1.3489795003921634 there
	same 'a\n-1.3489795003921634\n0\n1.3489795003921634' ns-scale --strategy robust --unit-variance -w s.ns <<<$'a\n0\n3\n6'
}

@test "max-abs: zero stays zero, a column of zeros is left" {
	same 'a,b\n-1,0\n0,0\n0.5,0' ns-scale --strategy max-abs -w s.ns <<<$'a,b\n-4,0\n0,0\n2,0'
}

@test "not moved, not stretched" {
	same 'a\n2\n4' ns-scale --strategy standard --no-center -w s.ns <<<$'a\n1\n2'
	same 'a\n-0.5\n0.5' ns-scale --strategy standard --no-scale -w s.ns <<<$'a\n1\n2'
	same 'a\n0\n1\n2' ns-scale --strategy robust --no-center -w s.ns <<<$'a\n0\n3\n6'
	same 'a\n-3\n0\n3' ns-scale --strategy robust --no-scale -w s.ns <<<$'a\n0\n3\n6'
	same 'a\n1\n2' ns-scale --strategy standard --no-scale --no-center -w s.ns <<<$'a\n1\n2'
}

@test "an option of a strategy is for every column that has it, by --use too" {
	printf 'a,b\n0,0\n4,4\n' >a.csv
	same 'a,b\n-1,5\n1,6' ns-scale --strategy standard --use min-max=b --range 5,6 -w s.ns a.csv
	same 'a,b\n-1,-2\n1,2' ns-scale --use robust=b --quantiles 25,50 -w s.ns a.csv
	same 'a,b\n-1,-2\n1,2' ns-scale --strategy max-abs --use standard=a --use robust=b --no-scale -c a,b -w s.ns <<<$'a,b\n0,0\n2,4'
}

@test "CSV and Arrow learn the same stage and give the same bits" {
	small
	for strategy in standard min-max robust max-abs; do
		ns-scale --strategy $strategy -t Result -w csv.ns train.csv >a.csv
		ns-convert -O arrow train.csv | ns-scale --strategy $strategy -t Result -w arrow.ns | ns-convert | cmp - a.csv
		cmp csv.ns arrow.ns
	done
}

@test "wrong options are refused" {
	small
	fails 2 '^ns-scale: --clip is for --strategy min-max$' ns-scale --clip --use robust=a -w s.ns train.csv
	fails 2 '^ns-scale: --unit-variance is for --strategy robust$' ns-scale --unit-variance -w s.ns train.csv
	fails 2 '^ns-scale: --no-center is for --strategy standard or robust$' ns-scale --strategy max-abs --no-center -w s.ns train.csv
	fails 2 '^ns-scale: --no-scale is for --strategy standard or robust$' ns-scale --strategy min-max --no-scale -w s.ns train.csv
	for pair in 0,75 25,100; do
		fails 2 '^ns-scale: --unit-variance needs --quantiles above 0 and below 100: a normal distribution has no ends$' \
			ns-scale --strategy robust --unit-variance --quantiles "$pair" -w s.ns train.csv
	done
	fails 1 "^ns-scale: train.csv: column 'name' is text, which ns-scale does not take" ns-scale --use robust=name -w s.ns train.csv
	fails 2 '^ns-scale: --range is for --strategy min-max$' ns-scale --range 0,2 -w s.ns train.csv
	fails 2 '^ns-scale: --quantiles is for --strategy robust$' ns-scale --quantiles 5,95 -w s.ns train.csv
	for pair in 1,0 0,0 1 0,1,2 0,inf; do
		fails 2 '^ns-scale: --range takes two numbers, the lower first: LOW,HIGH$' ns-scale --strategy min-max --range "$pair" -w s.ns train.csv
	done
	fails 2 '^ns-scale: --range: its ends are further apart than numbers go$' ns-scale --strategy min-max --range -1e308,1e308 -w s.ns train.csv
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
