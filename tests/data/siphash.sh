#!/bin/sh
# Writes siphash.csv: SipHash-2-4 of the messages 00, 00 01, ... by OpenSSL (key 00 01 ... 0f, as in the published vectors).
cd "$(dirname "$0")" || exit
{
	echo size,hash64,hash128
	message=
	for size in $(seq 0 63); do
		echo "$size,$(for bytes in 8 16; do
			# shellcheck disable=SC2059
			printf "$message" | openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:$bytes -in - SIPHASH
		done | tr A-F a-f | paste -sd,)"
		message="$message$(printf '\\%03o' "$size")"
	done
} >siphash.csv
