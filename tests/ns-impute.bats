#!/usr/bin/env bats
# ns-impute, and what ns-impute, ns-encode and ns-scale have in common.
load helper

small()
{
	printf 'id,age,city,income,Result\na1,30,Berlin,1000,1\na2,,Paris,2000.50,-1\na3,40,,NA,1\na4,50,Berlin,"3000",1\na5,030e0,Rome,1e3,-1\n' >train.csv
	printf 'city,income,age,id\n,?, 7 ,b1\nOslo,1e0,,b2\n' >test.csv
}

@test "the manual's first example: medians and the most frequent words; the stage is a table" {
	small
	ns-impute --strategy median -t Result -w impute.ns < train.csv > filled.csv
	same 'id,age,city,income,Result\na1,30,Berlin,1000,1\na2,35,Paris,2000.50,-1\na3,40,Berlin,1500.25,1\na4,50,Berlin,3000,1\na5,030e0,Rome,1e3,-1' cat filled.csv
	same 'column,type,strategy,value,text,indicator\nage,number,median,35,,\nincome,number,median,1500.25,,\nid,text,most_frequent,,a1,\ncity,text,most_frequent,,Berlin,' \
		ns-convert impute.ns
}

@test "the second example: other rows, columns in any order, values that are there keep their bytes" {
	small
	ns-impute -t Result -w impute.ns <train.csv >/dev/null
	same 'city,income,age,id\nBerlin,1500.25, 7 ,b1\nOslo,1e0,35,b2' ns-impute -m impute.ns test.csv
}

@test "the third example: numbers by their mean, words by a word of their own" {
	small
	ns-impute --strategy mean --text-strategy constant --text-fill unknown -w impute.ns <train.csv >out.csv
	same 'age,city\n37.5,Paris\n40,unknown' ns-convert -c age,city --rows 2-3 out.csv
}

@test "the fourth example: each kind of column in its own way, with flags of what was missing" {
	printf 'src_a,dst_b,dur,service,state,flag\n1,,1,http,,x\n,2,1,,ok,\n6,4,7,ftp,,x\n' >train.csv
	ns-impute --strategy median --use mean='src_*,dst_*' --use constant=service,state --text-fill none --indicator -w impute.ns < train.csv >out.csv
	same 'src_a,dst_b,dur,service,state,flag,src_a_missing,dst_b_missing,service_missing,state_missing,flag_missing\n1,3,1,http,none,x,0,1,0,1,0\n3.5,2,1,none,ok,x,1,0,1,0,1\n6,4,7,ftp,none,x,0,0,0,1,0' cat out.csv
	same 'column,strategy,indicator\nsrc_a,mean,src_a_missing\ndst_b,mean,dst_b_missing\ndur,median,\nservice,constant,service_missing\nstate,constant,state_missing\nflag,most_frequent,flag_missing' \
		ns-convert -c column,strategy,indicator impute.ns
	ns-impute -m impute.ns train.csv | cmp - out.csv
	ns-convert -O arrow train.csv | ns-impute -m impute.ns | ns-convert | cmp - out.csv
}

# holey LINE: numbers and words with holes, and a label: the 400 rows of the sample behind this line.
holey()
{
	awk -F, -v OFS=, -v rows="$1" '
		NR == 1 { print $1, $2, $3, $4, $5, $6, "size", "word", $NF }
		NR > rows && NR <= rows + 400 {
			for (i = 1; i <= 6; i++) if ((NR * 7 + i * 13) % 11 == 0) $i = ""
			print $1, $2, $3, $4, $5, $6, NR % 5 ? NR % 37 / 8 : "", NR % 7 ? "w" NR % 3 : "", $NF
		}' "$DATA/phishing-sample.csv"
}

@test "the fifth example: values of the nearest rows, a word for missing ones, and flags" {
	holey 1 >train.csv
	ns-impute --strategy knn -p n_neighbors=3 -p weights=distance --text-strategy constant --indicator -t Result -w impute.ns < train.csv > filled.csv
	ns-convert --stage impute impute.ns >stage.csv
	same 'having_IP_Address,number,knn,,,having_IP_Address_missing\nword,text,constant,,missing_value,word_missing' sed -n '2p;$p' stage.csv
	[[ $(ns-convert --metadata impute.ns) == *"ns:n_neighbors: 3"*"ns:weights: distance"*"ns:behind: impute"* ]]
	same 'having_IP_Address,URL_Length' eval "ns-convert --stage impute-knn impute.ns | head -n 1 | cut -d , -f 1-2"
	same 0 eval "grep -c ',,' filled.csv || true"
}

@test "knn: by hand" {
	printf 'a,b,c\n0,0,10\n1,1,20\n9,9,90\n0,,\n' >a.csv
	same 'a,b,c\n0,0,10\n1,1,20\n9,9,90\n0,0.5,15' ns-impute --strategy knn -p n_neighbors=2 -w i.ns a.csv
	same 'a,b,c\n0,0,10\n1,1,20\n9,9,90\n0,0,10' ns-impute --strategy knn -p n_neighbors=2 -p weights=distance -w i.ns a.csv
	same 'a,b,c\n0,0,10\n1,1,20\n9,9,90\n0,0,40' ns-impute --use knn=a,b -p n_neighbors=1 --use mean=c -w i.ns a.csv
	same 'a,b,c\n2.5,3.3333333333333335,40' ns-impute -m i.ns <<<$'a,b,c\n,,' # nothing is near to it
}

@test "four strategies in one call, and the text's own" {
	printf 'a,b,c,d,e,f,t\n1,1,1,1,1,1,x\n2,2,2,2,2,2,x\n6,6,6,6,6,6,y\n,,,2,,,\n' >a.csv
	ns-impute --strategy median --use constant=a --use mean=b --use knn=d,e,f -p n_neighbors=1 -w i.ns a.csv >out.csv
	same '0,3,2,2,2,2,x' tail -n 1 out.csv
	ns-impute -m i.ns a.csv | cmp - out.csv
	fails 2 "^ns-impute: --use: column 'a' is given two strategies$" ns-impute --use constant=a --use knn=a,b -w i.ns a.csv
}

@test "knn, words and flags in one call: -w and -m write the same bytes, in CSV and Arrow, on any number of threads" {
	holey 1 >train.csv
	ns-convert -O arrow train.csv >train.arrow
	how=(--strategy knn -p n_neighbors=4 --use mean=size --text-strategy constant --indicator-all -t Result)
	for format in csv arrow; do
		ns-impute "${how[@]}" -w $format.ns train.$format >learnt.$format
		ns-impute -t Result -m $format.ns train.$format >applied.$format
		cmp learnt.$format applied.$format
		ns-convert learnt.$format | cmp - learnt.csv
		for threads in 1 3; do
			ns-impute "${how[@]}" -j $threads -w again.ns train.$format | cmp - learnt.$format
			cmp again.ns $format.ns
			ns-impute -j $threads -t Result -m $format.ns train.$format | cmp - learnt.$format
		done
	done
	cmp csv.ns arrow.ns
	head -n 1 learnt.csv | grep -q 'size,word,Result,having_IP_Address_missing,.*,size_missing,word_missing$'
	# rows one by one, as a stream brings them
	for row in 2 57 400; do
		sed -n "1p;${row}p" train.csv | ns-impute -m csv.ns | tail -n 1 | cmp - <(sed -n ${row}p learnt.csv)
	done
}

@test "a bundle with a model predicts from raw rows what it predicts from rows prepared by hand" {
	holey 1 >train.csv
	holey 401 >new.csv
	ns-impute --strategy knn --text-strategy constant --indicator -t Result -w impute.ns train.csv >prepared.csv
	ns-encode -t Result --after impute.ns -w encode.ns prepared.csv | ns-scale -t Result --after impute.ns --after encode.ns -w scale.ns >scaled.csv
	ns-fit logistic-regression -t Result --positive -1 --after impute.ns --after encode.ns --after scale.ns <scaled.csv >model.ns
	cat impute.ns encode.ns scale.ns model.ns >pipeline.ns
	ns-fit logistic-regression -t Result --positive -1 -m impute.ns -m encode.ns -m scale.ns <train.csv | cmp - pipeline.ns
	ns-predict pipeline.ns <new.csv | ns-convert -c 'prediction,probability*' >raw.csv
	ns-impute -m impute.ns new.csv | ns-encode --after impute.ns -m encode.ns | ns-scale --after impute.ns --after encode.ns -m scale.ns |
		ns-predict --after impute.ns --after encode.ns --after scale.ns model.ns | ns-convert -c 'prediction,probability*' | cmp - raw.csv
	ns-convert -O arrow new.csv | ns-impute -m impute.ns | ns-encode -m encode.ns | ns-scale -m scale.ns | ns-predict model.ns |
		ns-convert -O csv -c 'prediction,probability*' | cmp - raw.csv
	[[ $(wc -l <raw.csv) == 401 ]]
}

@test "parameters of knn that cannot be are refused" {
	small
	fails 2 '^ns-impute: -p is for --strategy knn$' ns-impute -p n_neighbors=3 -w i.ns train.csv
	fails 2 "^ns-impute: knn has no parameter 'neighbors' \(did you mean 'n_neighbors'\?\)$" ns-impute --strategy knn -p neighbors=3 -w i.ns train.csv
	fails 2 "^ns-impute: parameter 'n_neighbors': '0' is not a whole number from 1 to 1000000000$" ns-impute --use knn=age -p n_neighbors=0 -w i.ns train.csv
	fails 2 "^ns-impute: parameter 'weights': 'far' is not one of uniform\|distance$" ns-impute --strategy knn -p weights=far -w i.ns train.csv
	fails 1 "^ns-impute: train.csv: column 'city' is text, which knn does not fill \(most_frequent and constant do\)$" ns-impute --use knn=age,city -w i.ns train.csv
}

@test "flags: of columns with missing values in training, or of all; infinities too where they are missing; never of the label" {
	printf 'a,b,y\n1,inf,\n,2,1\n3,4,1\n' >a.csv
	same 'a,b,y,a_missing\n1,inf,,0\n2,2,1,1\n3,4,1,0' ns-impute --indicator -t y -w i.ns a.csv
	same 'a,b,y,a_missing\n1,4,5,0' ns-impute -m i.ns <<<$'a,b,y\n1,,5'
	same 'a,b,y,a_missing,b_missing\n1,3,,0,1\n2,2,1,1,0\n3,4,1,0,0' ns-impute --indicator --inf missing -t y -w i.ns a.csv
	same 'b,b_missing\n3,0\n2,1\n1,0' ns-impute --indicator-all --inf missing -w i.ns <<<$'b\n3\n-inf\n1'
	same 'a,b,a_missing\n1,2,0' ns-impute --indicator-all -c a -w i.ns <<<$'a,b\n1,2'
}

@test "a flag whose name is taken is refused" {
	fails 1 "^ns-impute: stdin: two columns would be called 'a_missing' once there are flags of missing values \(ns-convert --rename gives one of them another name\)$" \
		ns-impute --indicator -w i.ns <<<$'a_missing,a\n1,\n2,3'
	[[ ! -e i.ns ]]
	ns-impute --indicator -w i.ns <<<$'a\n1\n""' >/dev/null
	fails 1 "two columns would be called 'a_missing'" ns-impute -m i.ns <<<$'a_missing,a\n1,'
}

@test "a column without any value is filled or dropped, on request" {
	printf 'a,n,t\n1,,\n3,NA,\n' >a.csv
	same 'a,n,t\n1,0,missing_value\n3,0,missing_value' ns-impute --empty fill --text t -w i.ns a.csv
	same 'a,n,t\n1,7,gone\n3,7,gone' ns-impute --empty fill --fill 7 --text-fill gone --text t -w i.ns a.csv
	same 'a,n,t\n2,5,x' ns-impute -m i.ns <<<$'a,n,t\n2,5,x'
	same 'a\n1\n3' ns-impute --empty drop --text t -w i.ns a.csv
	same 'b,a\nx,2' ns-impute -m i.ns <<<$'n,b,t,a\n5,x,y,'
	same 'a,n_missing,t_missing\n1,1,1\n3,1,1' ns-impute --empty drop --indicator --text t -w i.ns a.csv
	fails 1 '^ns-impute: stdin: no column is left where those without a value are dropped \(--empty fill keeps them\)$' ns-impute --empty drop -w i.ns <<<$'a\nNA'
	same 'a,n,t\n1,0,\n3,0,' ns-impute --use constant=n -x t -w i.ns a.csv
}

@test "what is dropped is gone for the stages behind" {
	printf 'a,n,y\n1,,0\n3,,1\n' >a.csv
	ns-impute --empty drop --indicator-all -t y -w i.ns a.csv >one.csv
	ns-scale --strategy max-abs -t y -m i.ns -w s.ns a.csv >two.csv
	same 'a,y,a_missing,n_missing\n0.3333333333333333,0,0,1\n1,1,0,1' cat two.csv
	cat i.ns s.ns >both.ns
	ns-scale -m both.ns a.csv | cmp - two.csv
	[[ $(ns-convert --metadata i.ns) == *$'ns:outputs: a\ta_missing\tn_missing'* ]]
}

@test "numbers by a constant, 0 unless told; words by 'missing_value' unless told" {
	small
	ns-impute --strategy constant --text-strategy constant -w i.ns <train.csv >out.csv
	same 'age,city\n0,Paris\n40,missing_value' ns-convert -c age,city --rows 2-3 out.csv
	ns-impute --strategy constant --fill -1.5 -x city -w i.ns <train.csv >out.csv
	same 'age,city\n-1.5,Paris\n40,' ns-convert -c age,city --rows 2-3 out.csv
}

@test "infinities are values, or missing" {
	printf 'a\n1\ninf\n3\n' >a.csv
	same 'a\n1\ninf\n3' ns-impute -w i.ns a.csv
	same 'a\n1\n2\n3' ns-impute --inf missing -w i.ns a.csv
	same 'a,b\n2,1\n2,2' ns-impute -m i.ns <<<$'a,b\n-inf,1\n,2'
	fails 1 "^ns-impute: a.csv: column 'a': infinities among its values leave no finite value for mean \(--inf missing\)$" ns-impute --strategy mean -w i.ns a.csv
}

@test "CSV and Arrow learn the same stage" {
	small
	ns-impute -q -t Result -w csv.ns train.csv >/dev/null
	ns-convert -O arrow train.csv | ns-impute -q -t Result -w arrow.ns >/dev/null
	cmp csv.ns arrow.ns
}

@test "what is filled in does not depend on how rows fall into batches" {
	small
	ns-impute -t Result -w i.ns train.csv >/dev/null
	{
		head -n 1 test.csv
		for ((i = 0; i < 30000; i++)); do echo "x,1.50,$i,b$i"; done
		tail -n +2 test.csv
	} >long.csv
	ns-impute -m i.ns long.csv >whole
	head -n 30001 long.csv | cmp - <(head -n 30001 whole)
	tail -n 2 whole | cmp - <(ns-impute -m i.ns test.csv | tail -n 2)
	ns-convert -O arrow long.csv | ns-impute -m i.ns | ns-convert | cmp - <(ns-convert -O arrow whole | ns-convert)
}

@test "Arrow columns keep their type where the fill is of it, for pyarrow" {
	python_with pyarrow
	"$PYTHON" - <<-'END'
		import pyarrow as pa, subprocess
		table = pa.table({'i8': pa.array([1, None, 3, 3], pa.int8()), 'u64': pa.array([2**63 + 1, None, 5, 5], pa.uint64()),
		    'b': [True, None, False, True], 'f32': pa.array([.5, None, .1, .5], pa.float32()), 'i64': [2**60 + 1, None, 4, 4],
		    'dictionary': pa.array(['a', None, 'b', 'b']).dictionary_encode(), 'large': pa.array(['a', None, 'b', 'b'], pa.large_utf8()),
		    'time': pa.array([None, 1, 2, 3], pa.timestamp('s'))})
		sink = pa.BufferOutputStream()
		with pa.ipc.new_stream(sink, table.schema) as writer:
		    writer.write_table(table, max_chunksize=2)
		def impute(strategy, *more):
		    out = subprocess.run(['ns-impute', '--strategy', strategy, *more, '-w', 'i.ns'], input=sink.getvalue().to_pybytes(), capture_output=True, check=True)
		    return pa.ipc.open_stream(out.stdout).read_all()
		frequent, mean = impute('most_frequent'), impute('mean')
		for name in 'i8', 'u64', 'b', 'f32', 'i64':
		    assert frequent.schema.field(name).type == table.schema.field(name).type, name
		    assert frequent.column(name).null_count == mean.column(name).null_count == 0
		assert frequent.column('i64').to_pylist() == [2**60 + 1, 4, 4, 4]
		assert frequent.column('u64').to_pylist() == [2**63 + 1, 5, 5, 5]
		assert frequent.column('b').to_pylist() == [True, True, False, True]
		assert frequent.column('dictionary').to_pylist() == frequent.column('large').to_pylist() == ['a', 'b', 'b', 'b']
		assert frequent.column('time').to_pylist() == table.column('time').to_pylist()
		assert impute('mean', '-c', 'time').column('time').to_pylist() == ['1970-01-01T00:00:0' + c for c in '1123']
		assert str(mean.schema.field('i8').type) == str(mean.schema.field('b').type) == 'double'
	END
}

@test "a column without a value is refused, with the remedy" {
	fails 1 "^ns-impute: stdin: column 'a' has no value to learn from \(-x 'a' leaves it out, --empty fill fills it, --empty drop drops it\)$" \
		ns-impute -w i.ns <<<$'a,b\n,1\nNA,2'
	[[ ! -e i.ns ]]
	fails 1 "^ns-impute: stdin: column 'a' has no value to learn from \(-x 'a' leaves it out, --empty fill fills it, --empty drop drops it\)$" \
		ns-impute --text a -w i.ns <<<$'a,b\n,1\n,2'
	fails 1 "^ns-impute: stdin: column 'a' has no value to learn from" ns-impute -w i.ns <<<a
}

@test "options that say what is not asked for are refused" {
	small
	fails 2 '^ns-impute: -w FILE to learn a stage here, -m FILE to apply one, or both must be given$' ns-impute train.csv
	fails 2 '^ns-impute: --fill is for --strategy constant$' ns-impute --fill 3 -w i.ns train.csv
	fails 1 "^ns-impute: train.csv: column 'city' is text, which mean does not fill \(most_frequent and constant do\)$" ns-impute --use mean=city -w i.ns train.csv
	fails 2 '^ns-impute: --text-fill is for --text-strategy constant$' ns-impute --text-fill x -w i.ns train.csv
	ns-impute -t Result -w i.ns train.csv >/dev/null
	for option in '--strategy mean' '-c age' '-x age' '--inf keep' --indicator --indicator-all '--empty drop' '--use mean=age'; do
		# shellcheck disable=SC2086 # two words
		fails 2 '^ns-impute: -m alone learns nothing, so that options which say what to learn have no meaning \(-w FILE learns\)$' \
			ns-impute -m i.ns $option test.csv
	done
}

@test "a misspelt target is refused where it would become a feature, and may be absent where stages are applied" {
	small
	fails 1 "^ns-impute: train.csv: no column 'result' \(did you mean 'Result'\?\)$" ns-impute -t result -w i.ns train.csv
	ns-impute -t Result -w i.ns train.csv >/dev/null
	ns-impute -t Result -m i.ns test.csv >/dev/null
}

@test "stage and table cannot both go to stdout" {
	small
	fails 2 '^ns-impute: stdout: cannot be two outputs at once: write one of them to a file$' ns-impute -w - train.csv
}

@test "a run that fails leaves no stage, and leaves the one that was there" {
	small
	printf 'a\n1\nx y\n' >bad.csv
	fails 1 "^ns-impute: bad.csv:3: column 'a': 'x y' is not a number" ns-impute --number a -w i.ns bad.csv
	[[ ! -e i.ns ]]
	ns-impute -t Result -w i.ns train.csv >/dev/null
	cp i.ns before.ns
	fails 1 . ns-impute --number a -w i.ns bad.csv
	cmp i.ns before.ns
	fails 2 '^ns-impute: /no/such/i.ns: cannot create: ' ns-impute -w /no/such/i.ns train.csv
}

@test "no column to impute is a remark" {
	fails 0 '^ns-impute: stdin: no column to impute$' ns-impute -t a -w i.ns <<<$'a\n1'
	[[ $stdout == $'a\n1' ]]
	same 'b\n2' ns-impute -m i.ns <<<$'b\n2'
}

@test "one pipe of Arrow, one of CSV with --after, and the bundle: the same rows" {
	small
	ns-convert -O arrow train.csv | ns-impute -t Result -x id -w i.ns | ns-encode -x id -w e.ns | ns-scale -w s.ns | ns-convert >arrow.csv
	ns-impute -t Result -x id -w i2.ns train.csv | ns-encode -t Result -x id --after i2.ns -w e2.ns |
		ns-scale -t Result --after i2.ns --after e2.ns -w s2.ns >csv.csv
	cmp arrow.csv csv.csv
	cmp i.ns i2.ns && cmp e.ns e2.ns && cmp s.ns s2.ns
	cat i.ns e.ns s.ns >prep.ns
	for tool in ns-impute ns-encode ns-scale; do
		"$tool" -m prep.ns train.csv | cmp - csv.csv
		"$tool" -m i.ns -m e.ns -m s.ns train.csv | cmp - csv.csv
	done
	ns-scale -m s.ns < <(ns-encode -O arrow --after i.ns -m e.ns < <(ns-impute -m i.ns train.csv)) | ns-convert | cmp - csv.csv
}

@test "-m and -w together: the new stage is learnt behind the others" {
	small
	ns-impute -t Result -x id -w i.ns train.csv >filled.csv
	ns-encode -t Result -x id -m i.ns -w e.ns train.csv >both.csv
	ns-encode -t Result -x id --after i.ns -w e2.ns filled.csv | cmp - both.csv
	cmp e.ns e2.ns
	[[ $(ns-convert --metadata e.ns) == *"ns:behind: impute"* ]]
}

@test "a stage left out, doubled, or of another run is refused" {
	small
	ns-impute -t Result -x id -w i.ns train.csv | ns-scale -t Result --after i.ns -w s.ns >/dev/null
	fails 1 "^ns-scale: s.ns: stage 1 'scale' was learnt behind impute, but here it follows raw data: a stage is left out, doubled or swapped" \
		ns-scale -m s.ns train.csv
	fails 1 "^ns-scale: i.ns: stage 2 'impute' was learnt behind raw data, but here it follows impute: " ns-scale -m i.ns -m i.ns train.csv
	ns-impute -t Result -x id --strategy mean -w i2.ns train.csv >/dev/null
	fails 1 "^ns-scale: s.ns: stage 2 'scale' was learnt behind impute, but here it follows impute of another run: " \
		ns-scale -m i2.ns -m s.ns train.csv
}

@test "columns that a stage needs and that are missing are named at once" {
	small
	ns-impute -t Result -x id -w i.ns train.csv >/dev/null
	fails 1 "^ns-impute: stdin: no column 'income', 'city', which stage 'impute' of i.ns needs$" ns-impute -m i.ns <<<$'id,age\n1,2'
}

@test "the label and what is known of it go on in Arrow's metadata" {
	cat >schema.yaml <<-'END'
		target: Result
		positive: -1
		labels: {-1: phishing, 1: legitimate}
		columns: {age: number, when: {type: text, role: time}, Result: integer}
	END
	printf 'age,when,Result\n1,,1\n,x,-1\n' | ns-impute -S schema.yaml -O arrow -w i.ns >a.arrow
	same 'column\nage' ns-convert -c column i.ns
	metadata=$(ns-convert --metadata a.arrow)
	[[ $metadata == *"ns:target: Result"* && $metadata == *"ns:positive: -1"* && $metadata == *$'ns:classes: -1\t1'* &&
		$metadata == *$'ns:labels: phishing\tlegitimate'* && $metadata == *"ns:behind: impute"* ]]
	[[ $(ns-impute -t Result -m i.ns a.arrow 2>&1) == *"was learnt behind raw data, but here it follows impute"* ]]
}

@test "rows that are set aside are counted once, though they are read twice" {
	printf 'a,b\n1,2\nx,3\n4\n5,6\n' >a.csv
	fails 0 '^ns-impute: 2 rows (were )?set aside' ns-impute --number a --on-error skip --rejects r.csv -w i.ns a.csv
	[[ $stdout == $'a,b\n1,2\n5,6' && $(wc -l <<<"$stderr") == 1 ]]
	same '4\na,b\nx,3' sort r.csv
}

@test "-m answers each row of a live stream at once" {
	small
	ns-impute -t Result -x id -w i.ns train.csv >/dev/null
	mkfifo in out
	ns-impute -m i.ns <in >out &
	exec {to}>in {from}<out
	echo 'age,city,income' >&"$to"
	echo ',Oslo,1' >&"$to"
	read -r -t 20 header <&"$from"
	read -r -t 20 row <&"$from"
	[[ $header == age,city,income && $row == 35,Oslo,1 ]]
	echo '2,,' >&"$to"
	read -r -t 20 row <&"$from"
	[[ $row == 2,Berlin,1500.25 ]]
	exec {to}>&-
	wait $!
	exec {from}<&-
}
