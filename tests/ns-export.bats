#!/usr/bin/env bats
# ns-export: from files.
load helper

@test "a file as it is, checked" {
	printf 'a,b\n1.50,NA\n"2",\n' >data.csv
	same 'a,b\n1.50,NA\n2,' ns-export data.csv
}

@test "several files, compressed or not, are one table" {
	printf 'a,b\n1,x\n' | gzip >january.csv.gz
	printf 'a,b\n2,y\n' | gzip >february.csv.gz
	ns-export -O arrow january.csv.gz february.csv.gz > winter.arrow
	same 'a,b\n1,x\n2,y' ns-convert winter.arrow
	ns-export winter.arrow | cmp - winter.arrow # what came in
	printf 'a,c\n2,y\n' >march.csv
	fails 1 "^ns-export: march.csv: column 2 is 'c', in january.csv.gz it is 'b'$" ns-export january.csv.gz march.csv
}

@test "the database's key is dropped, unless it is asked for" {
	printf '_id,a,b\n5f,1,2\n' >data.csv
	same 'a,b\n1,2' ns-export data.csv
	same 'a\n1' ns-export -x b data.csv
	same '_id,b\n5f,2' ns-export -c _id,b data.csv
	printf '_id\n5f\n' >key.csv
	fails 2 "^ns-export: -c and -x leave no column of key.csv$" ns-export key.csv
}

@test "malformed files are refused, and their output cannot pass for a table" {
	printf 'a,b\n1,2\n3\n' >ragged.csv
	fails 1 '^ns-export: ragged.csv:3: ' ns-export ragged.csv
	[[ $stdout == *'"'* || -z $stdout ]]
	fails 0 "^ns-export: 1 row was set aside in 'bad.csv', the first: ragged.csv:3: " ns-export --on-error skip --rejects bad.csv ragged.csv
	printf 'a,b\n3\n' | cmp - bad.csv
}

@test "a file is asked for" {
	fails 2 '^ns-export: needs FILE..., or DATABASE COLLECTION \(- is stdin\)$' ns-export
}

@test "on a terminal a file is read; without one, or where a person would have to type the table, it shows its usage" {
	command -v script >/dev/null || skip "no script(1)"
	printf 'a,b\n1,2\n' >data.csv
	same 'a,b\r\n1,2\r' script -qec 'ns-export data.csv' /dev/null </dev/null
	for call in ns-export 'ns-export -'; do
		script -qec "$call; echo \$?" /dev/null </dev/null >shown
		grep -q 'usage: ns-export' shown
		tail -n 1 shown | grep -q '^2'
	done
}

@test "what is no file, and no collection for want of a server, is said so" {
	unset MONGODB_URI MONGO_DB_URL MONGO_DB_URI
	fails 2 '^ns-export: networksecurity: No such file or directory \(a DATABASE and COLLECTION need --uri, MONGODB_URI or .env\)$' \
		ns-export networksecurity phisingdata
	fails 2 "^ns-export: --query is for a collection, which takes two operands: DATABASE COLLECTION$" ns-export --query '{}' networksecurity
	printf 'a\n1\n' >data.csv
	fails 2 "^ns-export: --join is for a collection, but 'data.csv' is a file$" ns-export --join , data.csv
}
