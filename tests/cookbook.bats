#!/usr/bin/env bats
# ns-cookbook(7): every recipe runs as it stands, in a folder with its data, and gives what is shown.
load helper
load console
load mongodb

PAGE=$ROOT/man/ns-cookbook.7
export NS_BIN=$NS_BUILD

titles()
{
	sed -n '/^\.Sh RECIPES/,/^\.Sh SEE/s/^\.Ss //p' "$PAGE"
}

# The displays of a recipe as `console` takes them; where pipeline.mk would be installed is where it is here, and what is a shop's
# database is this file's.
displays()
{
	awk -v title=".Ss $1" -v root="$ROOT" -v database="${MONGODB_DATABASE:-}" '
		/^\.S[hs] / { inside = $0 == title; found = found || inside }
		inside && /^\.Bd / { first = 1; shown = 1; next }
		/^\.Ed/ && shown { print "```"; shown = 0 }
		shown {
			sub(/^\\&/, "")
			gsub(/\\e/, "\\")
			gsub("/usr/local/share/netsec", root)
			if (database) gsub("shop", database)
			if (first) {
				first = 0
				if (/^# /) { print "```file " substr($0, 3); next }
				print "```console"
			}
			print
		}
		END { exit !found }' "$PAGE"
}

recipe()
{
	displays "$1" >recipe.md
	console recipe.md
}

# A linear congruential generator, for tables that are the same everywhere.
RANDOM_FUNCTION='function random(limit) { state = state * 48271 % 2147483647; return int(state * limit / 2147483647) }'

flows()
{
	awk "$RANDOM_FUNCTION"'
		BEGIN {
			state = 20260101
			print "src_port,dst_port,proto,duration,src_bytes,dst_bytes,Flow Bytes/s,label"
			split("80 443 53 22 8080 3389 445 51000", ports, " ")
			for (i = 0; i < 1200; i++) {
				attack = random(4) == 0
				scan = attack && random(3) > 0
				port = scan ? random(60000) + 1 : ports[1 + random(attack ? 8 : 5)]
				duration = scan || random(12) == 0 ? 0 : (random(4000) + 1) / 1000
				sent = scan ? (random(3) ? 60 : 0) : random(900) * random(90) + 80
				got = scan ? 0 : attack ? random(400) : random(9000) * random(30)
				rate = duration ? sprintf("%.6g", (sent + got) / duration) : sent + got ? "Infinity" : "NaN"
				print 1024 + random(60000) "," port "," (port == 53 ? "udp" : random(40) ? "tcp" : "icmp") "," duration "," sent "," got "," rate "," (attack ? "attack" : "benign")
			}
		}' >flows.csv
}

urls()
{
	awk "$RANDOM_FUNCTION"'
		function pick(list,    n, part) { n = split(list, part, " "); return part[1 + random(n)] }
		BEGIN {
			state = 20260202
			print "url,label"
			for (i = 0; i < 1000; i++) {
				label = random(2)
				bad = random(12) ? label : 1 - label
				word = pick("news shop mail maps video bank wiki travel music photo cloud games")
				if (bad && random(4) == 0)
					host = 1 + random(250) "." random(250) "." random(250) "." random(250)
				else if (bad)
					host = (random(2) ? pick("secure login verify account") "-" : "") word pick("- . -") pick("update support id") random(999) "." pick("xyz top info com net")
				else
					host = (random(3) ? "www." : "") word (random(3) ? "" : pick("hub city one")) (random(9) ? "" : random(99)) "." pick("com org net de info")
				path = bad ? pick("login.php verify/index.html account/update wp/a.php") "?id=" random(99999) : pick("index.html about search?q=x articles/" random(500) " login")
				print "http" ((bad ? random(4) == 0 : random(5)) ? "s" : "") "://" (bad && random(12) == 0 ? "user@" : "") host "/" (random(4) ? path : "") "," (label ? "phishing" : "legitimate")
			}
		}' >urls.csv
}

census()
{
	cp "$DATA/census-sample.csv" census.data
	cp "$DATA/census-sample-test.csv" census.test
}

@test "a census, from the raw file to figures on given test rows" {
	census
	recipe 'A census, from the raw file to figures on given test rows'
	ns-predict pipeline.ns test.arrow | ns-eval -t income --positive '>50K' --json | jq -e '.roc_auc > 0.83'
}

@test "the census by configuration alone" {
	census
	recipe 'The census by configuration alone'
	jq -e '.rows == 1500 and .roc_auc > 0.83' artifacts/metrics.json
}

@test "phishing pages as known systems prepare them" {
	cp "$DATA/phishing-sample.csv" phishing.csv
	recipe 'Phishing pages as known systems prepare them'
	jq -e '.f1 > 0.85' artifacts/metrics.json
}

@test "network flows: rates over no time, heavy tails, ports" {
	flows
	recipe 'Network flows: rates over no time, heavy tails, ports'
}

@test "phishing features from raw URLs" {
	urls
	recipe 'Phishing features from raw URLs'
}

@test "columns that say nothing new" {
	cp "$DATA/phishing-sample.csv" phishing.csv
	recipe 'Columns that say nothing new'
}

@test "one row, a stream, a bundle looked into" {
	cp "$DATA/phishing-sample.csv" phishing.csv
	recipe 'One row, a stream, a bundle looked into'
}

# https://data.example.org here, which curl is told by its own configuration.
web()
{
	tls_files data.example.org
	timeout 60 /usr/bin/python3 -c 'if True:
		import functools, http.server, ssl
		handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="web")
		server = http.server.HTTPServer(("127.0.0.1", 0), handler)
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain("server.pem")
		server.socket = context.wrap_socket(server.socket, server_side=True)
		print(server.server_port, flush=True)
		server.serve_forever()' >port 2>web.log </dev/null 3>&- &
	web=$!
	until [[ -s port ]]; do sleep 0.02; done
	printf 'connect-to = "data.example.org:443:127.0.0.1:%s"\ncacert = "%s/ca.pem"\n' "$(cat port)" "$PWD" >.curlrc
	export CURL_HOME=$PWD
}

# What of `aws s3 cp` the recipe needs, with the folder s3 for S3.
aws_stand_in()
{
	mkdir -p bin s3/pages/2026
	cat >bin/aws <<-'END'
		#!/bin/bash
		[[ "$1 $2" == 's3 cp' ]] || exit 252
		shift 2
		[[ $1 != --only-show-errors ]] || shift
		place() { case $1 in s3://*) echo "s3/${1#s3://}" ;; -) echo "$2" ;; *) echo "$1" ;; esac; }
		exec cp "$(place "$1" /dev/stdin)" "$(place "$2" /dev/stdout)"
	END
	chmod +x bin/aws
	PATH=$PWD/bin:$PATH
}

@test "a table from the web, or from S3" {
	web
	aws_stand_in
	mkdir web
	gzip <"$DATA/phishing-sample.csv" | tee web/phishing.csv.gz >s3/pages/2026/phishing.csv.gz
	cp "$DATA/phishing-sample.csv" s3/pages/2026/new.csv
	recipe 'A table from the web, or from S3'
	cmp phishing.csv "$DATA/phishing-sample.csv"
	kill "$web"
}

# A server's address in each of these files.
uris()
{
	BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR mongodb_start
	local name
	for name; do
		printf '# ours\n%s\n' "$MONGODB_URI" >"$name.uri"
	done
	unset MONGODB_URI
	cp "$DATA/phishing-sample.csv" phishing.csv
	export -n DATA # the folder of helper.bash, no variable for make
}

teardown()
{
	[[ -z ${MONGODB_FOLDER:-} ]] || MONGODB_URI=$(tail -n 1 -- *.uri 2>/dev/null) mongodb_stop
}

# bats test_tags=slow
@test "a collection as a file: Parquet, pandas, JSON" {
	python_with pyarrow pandas
	uris mongo
	mkdir bin
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$PYTHON" >bin/python3
	chmod +x bin/python3
	PATH=$PWD/bin:$PATH
	recipe 'A collection as a file: Parquet, pandas, JSON'
}

# bats test_tags=slow
@test "a collection moved to another server" {
	uris old new
	recipe 'A collection moved to another server'
}

# bats test_tags=slow
@test "a nightly build from MongoDB" {
	uris mongo
	recipe 'A nightly build from MongoDB'
}

# bats test_tags=slow
@test "a nightly export from MongoDB" {
	uris mongo
	recipe 'A nightly export from MongoDB'
}

@test "every recipe of the page is one of these tests" {
	titles | sed "s/.*/	recipe '&'/" | sort >wanted
	grep "^	recipe '" "$ROOT/tests/cookbook.bats" | sort | diff wanted -
}
