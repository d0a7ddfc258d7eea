#!/usr/bin/env bats
# ns-cookbook(7): every recipe runs as it stands, in a folder with its data, and gives what is shown.
load helper
load console

PAGE=$ROOT/man/ns-cookbook.7
export NS_BIN=$NS_BUILD

titles()
{
	sed -n '/^\.Sh RECIPES/,/^\.Sh SEE/s/^\.Ss //p' "$PAGE"
}

# The displays of a recipe as `console` takes them; where pipeline.mk would be installed is where it is here.
displays()
{
	awk -v title=".Ss $1" -v root="$ROOT" '
		/^\.S[hs] / { inside = $0 == title; found = found || inside }
		inside && /^\.Bd / { first = 1; shown = 1; next }
		/^\.Ed/ && shown { print "```"; shown = 0 }
		shown {
			sub(/^\\&/, "")
			gsub(/\\e/, "\\")
			gsub("/usr/local/share/netsec", root)
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

@test "every recipe of the page is one of these tests" {
	titles | sed "s/.*/	recipe '&'/" | sort >wanted
	grep "^	recipe '" "$ROOT/tests/cookbook.bats" | sort | diff wanted -
}
