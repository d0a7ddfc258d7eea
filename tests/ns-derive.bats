#!/usr/bin/env bats
# ns-derive. The language itself is in tests/lib/expression_test.c.
load helper

flows()
{
	printf 'src_bytes,dst_bytes,port,proto,Result\n100,49,80,tcp,1\n1.50,0,22,"udp",-1\n7,, 443 ,tcp,1\n' >in.csv
}

urls()
{
	printf 'id,url,Result\n1,http://1.2.3.4/a-b,1\n2,https://Example.org/login?x=@,-1\n3,,1\n4,http://a.b-c.example/,-1\n' >urls.csv
}

@test "the manual's first example" {
	flows
	ns-derive 'ratio = src_bytes / (dst_bytes + 1)' 'is_web = port in (80, 443)' < in.csv >out.csv
	same 'src_bytes,dst_bytes,port,proto,Result,ratio,is_web\n100,49,80,tcp,1,2,1\n1.50,0,22,udp,-1,1.5,0\n7,, 443 ,tcp,1,,1' cat out.csv
}

@test "the second example: URLs, from a file of expressions; the stage computes the same for new rows" {
	urls
	cat >url.txt <<-'END'
		# how long, how it is made up
		url_length = length(url)
		dots = count(url, '.')
		dashes = count(url, '-')
		has_at = contains(url, '@')
		randomness = entropy(url)

		# who is asked
		is_https = starts_with(lower(url), 'https://')
		by_address = matches(url, '^https?://[0-9.]+([:/]|$)')
		host = part(part(url, '://', 2), '/', 1)
		host_parts = count(host, '.') + 1
		size = bucket(url_length, 20, 75)
	END
	ns-derive --expressions url.txt --drop url,host -t Result -w url.ns <urls.csv >features.csv
	same 'id,Result,url_length,dots,dashes,has_at,is_https,by_address,host_parts,size\n1,1,18,3,1,0,0,1,4,0\n2,-1,29,1,0,1,1,0,2,1\n3,1,,,,,,,,\n4,-1,21,2,1,0,0,0,3,1' \
		ns-convert -x randomness features.csv
	same 'url_length,dots\n8,1' ns-convert -c url_length,dots <(ns-derive -m url.ns <<<$'extra,url\nx,http://.')
	cut -d, -f2 urls.csv | ns-derive -m url.ns | cmp - <(ns-convert -x id,Result features.csv)
	same 'column,action,type,expression,why\nis_https,derive,number,"starts_with(lower(url), '"'https://'"')",\nurl,drop,text,,by name' \
		ns-convert --rows 6,11 url.ns
}

@test "the third example: network flows" {
	printf 'bytes,packets,port,state\n1000,10,443,SF\n5,0,22,REJ\n' >flows.csv
	ns-derive 'per_packet = ratio(bytes, packets, 0)' 'log_bytes = log1p(bytes)' \
		'is_web = port in (80, 443)' 'answered = if(state = "SF", 1, 0)' \
		--interactions per_packet,is_web <flows.csv >out.csv
	same 'bytes,packets,port,state,per_packet,is_web,answered,per_packet*is_web\n1000,10,443,SF,100,1,1,100\n5,0,22,REJ,0,0,0,0' ns-convert -x log_bytes out.csv
}

@test "the fourth example: labels cleaned in place" {
	same 'age,income\n1,>50K\n2,<=50K' ns-derive "income = trim(income, ' .')" <<<$'age,income\n1, >50K.\n2,<=50K'
}

@test "the fifth example: a model from raw rows, and predictions without what is left out" {
	flows
	rows=$(tail -n 3 in.csv)
	for ((i = 0; i < 6; i++)); do echo "$rows"; done >>in.csv
	awk -F, -v OFS=, 'NR == 1 { print $0, "twice", "same" } NR > 1 { print $0, $1 * 2, "x" }' in.csv >train.csv
	ns-derive 'ratio = src_bytes / (dst_bytes + 1)' --drop-constant --drop-correlated 0.99 -t Result -x proto -w derive.ns < train.csv > prepared.csv 2>notes
	same "ns-derive: column 'twice': correlation 1 with 'src_bytes', left out\nns-derive: column 'same': constant, left out\nns-derive: column 'ratio': correlation 1 with 'src_bytes', left out\nns-derive: column 'dst_bytes': correlation 1 with 'src_bytes', left out" sort -r notes
	ns-derive 'p = src_bytes * port' --drop proto,twice -w derive.ns -t Result <train.csv >prepared.csv
	ns-fit random-forest -t Result -p n_estimators=5 -x same -m derive.ns < train.csv > pipeline.ns
	ns-predict --only pipeline.ns < in.csv >one
	same "ns-predict: in.csv: no column 'port', which stage 'derive' of pipeline.ns needs" eval '! ns-predict pipeline.ns <(cut -d, -f1-2 in.csv) 2>&1 | sed "s|/dev/fd/[0-9]*|in.csv|"'
	ns-fit random-forest -t Result -p n_estimators=5 -x same --after derive.ns <prepared.csv >model.ns
	cat derive.ns model.ns >two.ns
	ns-predict --only two.ns in.csv | cmp - one
	ns-predict --only --after derive.ns model.ns prepared.csv | cmp - one
}

@test "a bundle predicts what it predicts on rows prepared by hand, bit for bit" {
	ns-convert --rows 1-600 "$DATA/phishing-sample.csv" | sed 's/^\(-\{0,1\}[01]\),/\1.5,/' >raw.csv
	head -n 301 raw.csv >train.csv
	{ head -n 1 raw.csv; tail -n +302 raw.csv; } >new.csv
	call=('r = URL_Length / (SFH + 3)' 'e = log1p(abs(age_of_domain)) + r' --interactions 'r,e,Request_URL' --drop-constant --drop-duplicate
		--drop-correlated 0.999 -t Result)
	ns-derive -q "${call[@]}" -w d.ns -O arrow <train.csv | ns-impute -w i.ns | ns-scale -w s.ns | ns-fit logistic-regression -t Result >m.ns
	cat d.ns i.ns s.ns m.ns >pipeline.ns
	ns-predict --only pipeline.ns new.csv >one
	ns-derive -m d.ns new.csv | ns-impute -m i.ns --after d.ns | ns-scale -m s.ns --after d.ns --after i.ns >prepared.csv
	ns-predict --only m.ns --after d.ns --after i.ns --after s.ns prepared.csv | cmp - one
	cat d.ns i.ns s.ns >prep.ns
	ns-fit logistic-regression -t Result -m prep.ns <train.csv | cmp - pipeline.ns
}

@test "expressions read what those before them made; what is there is replaced in place" {
	same 'a,b,c,d\n4,2,6,16\n,3,,' ns-derive 'c = a + b' 'a = b * 2 + a - a' 'd = a ^ 2' <<<$'a,b\n4,2\n,3'
	same 'name\nADA' ns-derive 'name = lower(name)' 'name = upper(name)' <<<$'name\nAda'
	same 'x,y\n1,1' ns-derive 'y = text(x)' 'x = x' <<<$'x\n1.0'
	same '`,a b,c=d,e\n1,2,3,6' ns-derive 'e = ```` + `a b` + `c=d`' <<<$'`,a b,c=d\n1,2,3'
	same 'a,n ew=\n1,2' ns-derive '`n ew=` = a + 1' <<<$'a\n1'
}

@test "-m with expressions: they stand behind those stages, and -w writes them alone" {
	flows
	ns-impute -t Result -w i.ns <in.csv >/dev/null
	ns-derive -m i.ns 'half = dst_bytes / 2' -w d.ns -t Result <in.csv >both.csv
	same 'half\n24.5\n0\n12.25' ns-convert -c half both.csv
	cat i.ns d.ns >p.ns
	ns-derive -m p.ns <in.csv | cmp - both.csv
	ns-derive -m i.ns 'half = dst_bytes / 2' <in.csv | cmp - both.csv
	fails 1 "d.ns: stage 1 'derive' was learnt behind impute, but here it follows raw data" ns-derive -m d.ns in.csv
	ns-derive -m i.ns 'q = half + 1' -m d.ns in.csv | cmp - <(ns-derive 'q = half + 1' both.csv)
}

@test "a derived column is encoded, imputed and scaled behind it" {
	flows
	ns-derive 'kind = if(port < 100, "low", "high")' 'r = src_bytes / (dst_bytes + 1)' -w d.ns -t Result -O arrow <in.csv |
		ns-impute -w i.ns | ns-encode -c kind -w e.ns | ns-scale -c r -w s.ns >prepared.arrow
	cat d.ns i.ns e.ns s.ns >p.ns
	ns-convert -O arrow in.csv | ns-derive -m p.ns -O csv | cmp - <(ns-convert prepared.arrow)
	[[ $(ns-convert prepared.arrow | head -n 1) == *,kind_high,kind_low,r ]]
}

@test "without -w a table is as if it had come so; with it, Arrow says what it passed" {
	flows
	[[ $(ns-derive 'x = port' -O arrow in.csv | ns-convert --metadata) != *ns:chain* ]]
	[[ $(ns-derive 'x = port' -w d.ns -O arrow in.csv | ns-convert --metadata) == *'ns:behind: derive'* ]]
	ns-impute -q -w i.ns -O arrow in.csv >i.arrow
	ns-derive 'x = port' i.arrow | ns-convert --metadata | cmp - <(ns-convert --metadata i.arrow)
	[[ $(ns-derive 'attack = proto = "tcp"' -t attack -O arrow in.csv | ns-convert --metadata) == *'ns:target: attack'* ]]
}

@test "interactions: the products of all pairs, as PolynomialFeatures has them" {
	same 'a,b,c,y,a*b,a*c,b*c\n1,2,3,9,2,3,6\n2,,5,9,,10,' ns-derive --interactions '*' -t y <<<$'a,b,c,y\n1,2,3,9\n2,,5,9'
	same 'a,b,s,a*s,b*s\n1,2,3,3,6' ns-derive 's = a + b' --interactions 'a,b,s' --drop 'a*b' <<<$'a,b\n1,2'
	fails 2 '^ns-derive: --interactions needs two columns or more, not 1$' ns-derive --interactions a <<<$'a,b\n1,2'
	fails 1 "^ns-derive: stdin: no column 'd'" ns-derive --interactions a,d <<<$'a,b\n1,2'
	fails 1 "^ns-derive: stdin:2: column 's': 'q' is not a number, as 'a\*s' takes it \(leave it out of --interactions; --on-error skip or missing goes on\)$" \
		ns-derive --interactions a,s <<<$'a,s\n1,q'
	fails 2 '^ns-derive: --interactions: 200 columns have 19900 pairs, more than the 10000 columns that may still be derived \(shorten the list\)$' \
		ns-derive --interactions '*' <<<"$(seq -s, 1 200)"$'\n'"$(seq -s, 1 200)"
	python_with sklearn numpy
	"$PYTHON" - <<-'END'
		import io, numpy, subprocess
		from sklearn.preprocessing import PolynomialFeatures
		x = numpy.random.default_rng(1).normal(size=(50, 6))
		names = list("abcdef")
		text = ",".join(names) + "\n" + "\n".join(",".join(map(repr, map(float, row))) for row in x) + "\n"
		out = subprocess.run(["ns-derive", "--interactions", "*"], input=text, capture_output=True, text=True, check=True).stdout
		poly = PolynomialFeatures(2, interaction_only=True, include_bias=False)
		expected = poly.fit_transform(x)
		assert out.split("\n")[0].split(",") == [n.replace(" ", "*") for n in poly.get_feature_names_out(names)]
		assert numpy.array_equal(numpy.loadtxt(io.StringIO(out), delimiter=",", skiprows=1), expected)
	END
}

@test "columns that are constant, equal or correlated go; the first of them stays" {
	printf 'k,a,b,text,copy,none,gap,a2,neg,Result,id\n5,1,3,x,x,,,1.0,-2,1,1\n5.0,2,1,y,y,NA,7,2,-4,2,2\n5,4,,x,x,,,4,-8.001,4,3\n5,8,2,,,,,8,-16,8,4\n' >t.csv
	same 'a,b,text,copy,gap,a2,neg,Result,id' eval 'ns-derive -q --drop-constant -t Result t.csv | sed -n 1p'
	same 'k,a,b,text,none,gap,neg,Result,id' eval 'ns-derive -q --drop-duplicate -t Result t.csv | sed -n 1p'
	same 'k,a,b,text,copy,none,gap,Result,id' eval 'ns-derive -q --drop-correlated 0.999 -t Result t.csv | sed -n 1p'
	same 'k,a,b,text,copy,none,gap,a2,Result' eval 'ns-derive -q --drop-correlated 0.9 -x a2 -t Result t.csv | sed -n 1p'
	same 'k,a,b,text,none,gap,a2,neg,Result,id' eval 'ns-derive -q --drop-duplicate -c copy -t Result t.csv | sed -n 1p'
	ns-derive --drop-constant --drop-duplicate --drop-correlated 1 -t Result -w d.ns t.csv >out.csv 2>notes
	same "ns-derive: column 'k': constant, left out\nns-derive: column 'copy': equal to 'text', left out\nns-derive: column 'none': constant, left out\nns-derive: column 'a2': equal to 'a', left out" cat notes
	same 'column,action,type,expression,why\nk,drop,number,,constant\ncopy,drop,text,,equal to '"'text'"'\nnone,drop,number,,constant\na2,drop,number,,equal to '"'a'" ns-convert d.ns
	ns-convert -x k,copy,none,a2 t.csv | ns-derive -m d.ns | cmp - out.csv
	ns-derive -q --drop-constant --drop-duplicate --drop-correlated 1 -t Result t.csv | cmp - out.csv
}

@test "a dropped column may be read: it is needed, and gone; a new one that goes is not computed elsewhere" {
	ns-derive -q 'r = a / b' 'one = c * 0 + 1' 's = r + 1' --drop-constant --drop a,s -w d.ns <<<$'a,b,c\n1,2,9\n3,4,9\n5,6,8' >out.csv
	same 'b,c,r\n2,9,0.5\n4,9,0.75\n6,8,0.8333333333333334' cat out.csv
	same 'b,r\n2,2' ns-derive -m d.ns <<<$'b,a\n2,4'
	[[ $(ns-convert --metadata d.ns) == *$'ns:numbers: a\tb\n'* ]]
}

@test "the target, ids and our own columns are never left out by what they hold" {
	printf 'columns:\n  n: {type: number, role: id}\n  a: {type: number}\n  b: {type: number}\n  y: {type: number, role: target}\n' >s.yaml
	printf 'n,a,b,y,ns:synthetic\n1,1,5,1,0\n1,2,6,1,0\n' >t.csv
	ns-validate -S s.yaml t.csv >/dev/null 2>&1 || skip "the schema's words have changed"
	same 'n,a,y,ns:synthetic\n1,1,1,0\n1,2,1,0' ns-derive -q --drop-constant --drop-correlated 0.9 -S s.yaml t.csv
	fails 2 "^ns-derive: --drop: 'y' is the target, which stays$" ns-derive --drop y -S s.yaml t.csv
	same 'y,ns:synthetic\n1,0\n1,0' ns-derive --drop '*' -S s.yaml t.csv
}

@test "what is compared is compared in all rows, however they fall into batches, from files and from pipes" {
	{
		echo 'a,b,c,d'
		for ((i = 0; i < 20000; i++)); do echo "1,$((i % 7)),$((i % 7 + i / 19999)),$((i % 7 * 3))"; done
	} >long.csv
	same 'b,c' eval 'ns-derive -q --drop-constant --drop-duplicate --drop-correlated 1 long.csv | sed -n 1p'
	ns-derive -q --drop-constant --drop-duplicate --drop-correlated 1 -w f.ns long.csv >one
	# shellcheck disable=SC2002 # a pipe
	cat long.csv | ns-derive -q --drop-constant --drop-duplicate --drop-correlated 1 -w p.ns -j 3 | cmp - one
	cmp f.ns p.ns
	ns-convert -O arrow long.csv | ns-derive -q --drop-constant --drop-duplicate --drop-correlated 1 -w a.ns | ns-convert | cmp - one
	cmp f.ns a.ns
	NS_SPOOL=0.1 ns-derive -q --drop-constant --drop-duplicate --drop-correlated 1 -w s.ns long.csv | cmp - one
	cmp f.ns s.ns
}

@test "many notes are summed up" {
	seq -s, 1 30 >t.csv
	for _ in 1 2 3; do seq -s, 31 60; done >>t.csv
	fails 1 '^ns-derive: t.csv: no column is left ' ns-derive -q --drop-constant t.csv
	{ sed '1s/$/,x/; 2s/$/,1/; 3s/$/,2/; 4s/$/,3/' t.csv; } >u.csv
	same x eval 'ns-derive --drop-constant u.csv 2>notes | sed -n 1p'
	[[ $(wc -l <notes) == 11 && $(tail -n 1 notes) == "ns-derive: and 20 columns more: the stage's table says why" ]]
}

@test "errors point at the place in the expression, exit 2" {
	flows
	fails 2 "^ns-derive: 'r = src_bytes / \(dst_byts \+ 1\)': column 18: no column 'dst_byts' \(did you mean 'dst_bytes'\?\)$" ns-derive 'r = src_bytes / (dst_byts + 1)' in.csv
	fails 2 "^ns-derive: 'r = zzz': column 5: no column 'zzz'$" ns-derive 'r = zzz' in.csv
	fails 2 "^ns-derive: 'a = later': column 5: no column 'later'$" ns-derive 'a = later' 'later = 1' in.csv
	fails 2 "^ns-derive: 'r = \(port': column 10: " ns-derive 'r = (port' in.csv
	fails 2 "^ns-derive: '\`ns:x\` = 1': column 1: names that begin with ns: are not to be had$" ns-derive '`ns:x` = 1' in.csv
	fails 2 "^ns-derive: '\` port\` = 1': column 1: a column's name has no blanks around it$" ns-derive '` port` = 1' in.csv
	fails 2 "^ns-derive: .*: column 1: a column's name has no blanks around it$" ns-derive $'`port\n` = 1' in.csv
	fails 2 "^ns-derive: 'port == 80': column 6: " ns-derive 'port == 80' in.csv
	printf '# fine\nx = 1\n\ny = 1 +\n' >e.txt
	fails 2 "^ns-derive: e.txt:4: 'y = 1 \+': column 8: " ns-derive --expressions e.txt in.csv
	printf '\xef\xbb\xbfx = port\r\n\r\ny = x + 1\r\n' >e.txt
	ns-derive 'x = port' 'y = x + 1' in.csv | cmp - <(ns-derive --expressions e.txt in.csv)
	printf '\r\ny = 1 +\r\n' >e.txt
	fails 2 "^ns-derive: e.txt:2: 'y = 1 \+': column 8: " ns-derive --expressions e.txt in.csv
	printf 'x = 1\0\n' >e.txt
	fails 2 "^ns-derive: e.txt: a NUL byte: not a file of expressions$" ns-derive --expressions e.txt in.csv
	fails 2 "^ns-derive: no-such.txt: No such file or directory$" ns-derive --expressions no-such.txt in.csv
}

@test "text used as a number, and the other way round, says what to do" {
	flows
	fails 1 "^ns-derive: in.csv:2: column 'proto': 'tcp' is not a number, as 'x' takes it \(number\(proto\) in its place makes it missing; --on-error skip or missing goes on\)$" \
		ns-derive 'x = proto + 1' in.csv
	ns-convert -O arrow in.csv >in.arrow
	fails 1 "^ns-derive: in.arrow: row 1: column 'proto': 'tcp' is not a number, as 'x' takes it " ns-derive 'x = proto + 1' in.arrow
	same 'x\n""\n""\n""' eval "ns-derive -q --on-error missing 'x = proto + 1' in.csv | ns-convert -c x"
	same 'x\n""\n""\n""' eval "ns-derive 'x = number(proto) + 1' in.csv | ns-convert -c x"
	fails 2 "^ns-derive: 'x = proto \+ 1': column 5: 'proto' is text, but used as a number \(column 5\): write number\(proto\)$" ns-derive --text proto 'x = proto + 1' in.csv
	fails 2 "^ns-derive: 'x = t \+ 1': column 5: 't' is text, but used as a number \(column 5\): write number\(t\)$" ns-derive 't = upper(proto)' 'x = t + 1' in.csv
	fails 2 "^ns-derive: 'y = length\(port\)': column 12: 'port' is used as text here, but as a number for 'x': write text\(port\) here$" ns-derive 'x = port + 1' 'y = length(port)' in.csv
	fails 2 "^ns-derive: 'y = port \+ 1': column 5: 'port' is used as a number here, but as text for 'x': write number\(port\) here$" ns-derive 'x = length(port)' 'y = port + 1' in.csv
	ns-derive -w e.ns 'l = length(port)' in.csv >/dev/null
	fails 2 "^ns-derive: 'x = port \+ 1': column 5: 'port' is text, but used as a number \(column 5\): write number\(port\)$" ns-derive -m e.ns 'x = port + 1' in.csv
	fails 1 "^ns-fit: column 'port' holds text behind stage 'derive', numbers are asked for$" ns-fit decision-tree -t Result -m e.ns --weight port -x proto in.csv
}

@test "a stage leaves the target alone, which is not there when it is applied" {
	flows
	fails 2 "^ns-derive: 'x = Result \+ 1': column 5: 'Result' is the target, which is not there where a stage is applied \(without -w it may be read\)$" \
		ns-derive 'x = Result + 1' -t Result -w d.ns in.csv
	fails 2 "^ns-derive: 'Result = 1': column 1: 'Result' is the target, which a stage leaves alone \(without -w it may be changed\)$" \
		ns-derive 'Result = 1' -t Result -w d.ns in.csv
	[[ ! -e d.ns ]]
	same 'Result,x\n2,3\n0,1\n2,3' eval "ns-derive 'Result = Result + 1' 'x = Result + 1' -t Result in.csv | ns-convert -c Result,x"
	fails 1 "^ns-derive: in.csv: no column 'result' \(did you mean 'Result'\?\)$" ns-derive --drop-constant -t result in.csv
	ns-derive 'x = port' -t nothing in.csv >/dev/null
}

@test "what a pattern may cost: an error whatever --on-error says, unless the text is cut" {
	{ echo url && printf 'x%.0s' {1..66000} && echo && echo y; } >t.csv
	fails 1 "^ns-derive: t.csv:2: 'matches\(url, 'z'\)': column 1: the text is too long for a pattern, over 65536 bytes: " ns-derive --on-error skip "m = matches(url, 'z')" t.csv
	same 'm\n0\n1' eval "ns-derive \"m = matches(slice(url, 1, 2000), 'y')\" t.csv | ns-convert -c m"
	fails 1 "^ns-derive: stdin:2: .*: the pattern would try too many ways to match this text \(slice\(\.\.\.\) shortens it; " \
		ns-derive "m = matches(s, '(a+)+\$')" <<<"s"$'\n'"$(printf 'a%.0s' {1..40000})b"
}

@test "calls that mean nothing are refused" {
	flows
	fails 2 "^ns-derive: nothing to do: give 'NAME = EXPRESSION', --interactions, --drop or -m FILE$" ns-derive in.csv
	fails 2 "^ns-derive: -w: nothing to write: give an expression, --interactions or --drop$" ns-derive -w d.ns in.csv
	fails 2 '^ns-derive: -c and -x say which columns --drop-constant, --drop-duplicate and --drop-correlated may leave out$' ns-derive 'x = 1' -c port in.csv
	fails 2 "^ns-derive: --expressions: name a file: standard input is the table's$" ns-derive --expressions - in.csv
	fails 2 '^ns-derive: --drop-correlated: R is above 0 and at most 1$' ns-derive --drop-correlated 0 in.csv
	fails 2 '^ns-derive: --drop-correlated: ' ns-derive --drop-correlated 1.5 in.csv
	fails 1 '^ns-derive: stdin: no rows that show which columns to drop$' ns-derive --drop-constant <<<a,b
	fails 2 '^ns-derive: the expressions take more than 1048576 bytes together$' ns-derive --expressions <(for i in {1..20}; do printf 'x%d = "%060000d"\n' "$i" 0; done) in.csv
	fails 2 '^ns-derive: --drop: no column is left$' ns-derive --drop '*' in.csv
	fails 2 '^ns-derive: --drop: no column is left$' ns-derive --drop '*' --drop-constant in.csv
	fails 1 '^ns-derive: stdin: no column is left \(-c and -x say which may go\)$' ns-derive -q --drop-constant <<<$'a,b\n1,2\n1,2'
	fails 2 '^ns-derive: more than 10000 columns to derive \(-w FILE and then -m FILE parts them into stages\)$' \
		ns-derive --expressions <(seq -f 'x%g = 1' 10001) in.csv
	fails 2 "^ns-derive: --drop: 'ns:p' begins with ns:, and what does stays$" ns-derive --drop ns:p <<<$'a,ns:p\n1,2'
	same $'ns:p\n2' ns-derive --drop '*' <<<$'a,ns:p\n1,2'
}

@test "operands with = are expressions, others files; a file's name may have one" {
	flows
	cp in.csv a=b.csv
	same 'x\n1\n1\n1\n1\n1\n1' eval "ns-derive 'x = 1' in.csv ./a=b.csv | ns-convert -c x"
	same 'x\n1\n1\n1' eval "ns-derive 'x=1' - < in.csv | ns-convert -c x"
}

@test "rows that are there already are answered at once, in constant memory, columns nobody asked for untouched" {
	mkfifo fifo
	ns-derive 'x = a * 2' <fifo >out &
	exec 5>fifo
	printf 'a,b\n1,"x ""y"""\n 2 ,007\n' >&5
	for ((i = 0; i < 100; i++)); do
		[[ $(wc -l <out) == 3 ]] && break
		sleep 0.05
	done
	same 'a,b,x\n1,"x ""y""",2\n 2 ,007,4' cat out
	exec 5>&-
	wait
}

@test "Arrow keeps the types of columns that pass, and those that are read" {
	python_with pyarrow
	"$PYTHON" - <<-'END'
		import pyarrow as pa, subprocess
		table = pa.table({'i8': pa.array([1, None, 3], pa.int8()), 'when': pa.array([1, 2, None], pa.timestamp('s')), 'f': pa.array([.5, 1, 2], pa.float32()),
		    'd': pa.array(['a', None, 'b']).dictionary_encode(), 'b': pa.array([b'\xff', b'', None], pa.binary())})
		sink = pa.BufferOutputStream()
		with pa.ipc.new_stream(sink, table.schema) as writer:
		    writer.write_table(table, max_chunksize=2)
		def derive(*call):
		    out = subprocess.run(['ns-derive', '-q', *call], input=sink.getvalue().to_pybytes(), capture_output=True, check=True)
		    return pa.ipc.open_stream(out.stdout).read_all()
		out = derive('x = i8 * 2', 'y = upper(d)', 'f = f + 1')
		assert [str(t) for t in out.schema.types] == ['int8', 'timestamp[s]', 'double', 'string', 'binary', 'double', 'string'], out.schema.types
		assert out.column('x').to_pylist() == [2, None, 6] and out.column('y').to_pylist() == ['A', None, 'B']
		assert out.column('f').to_pylist() == [1.5, 2, 3]
		for name in 'i8', 'when', 'b':
		    assert out.column(name).to_pylist() == table.column(name).to_pylist()
		assert derive('--drop-constant', '--drop-duplicate', '--drop-correlated', '0.9').column_names == ['i8', 'when', 'd', 'b']
	END
}

@test "--functions and the manual list the same functions" {
	diff --label --functions --label ns-derive.1 <(ns-derive --functions | grep -oE '^[a-z_0-9]+\([^)]*\)') \
		<(mandoc -Tascii -O width=1000 "$ROOT/man/ns-derive.1" | sed 's/.\x08//g' | sed -n '/^FUNCTIONS/,/^EXIT/p' | grep -oE '^     [a-z][a-z_0-9]*\([^)]*\)' | sed 's/^ *//')
	(($(ns-derive --functions | wc -l) > 30))
}
