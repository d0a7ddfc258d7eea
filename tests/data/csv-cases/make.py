#!/usr/bin/python3
"""Writes the CSV conformance collection beside it: for every case NAME.csv, and NAME.out (what a reader and a writer make of it) or
NAME.err (the message it is refused with). `cases` lists name and options: d and a delimiter, H no header.

What comes out of good files is what Python's csv module (strict) reads and writes, except where the rule is our own; there it is
written down here."""
import csv
import io
import os

os.chdir(os.path.dirname(os.path.abspath(__file__)))
BOM = b"\xef\xbb\xbf"
LONG = b"x" * 5000

# name: (bytes, options) or (bytes, options, output)
GOOD = {
    "plain": (b"a,b\n1,2\n3,4\n", ""),
    "quoted-header": (b'"having_IP","URL, long"\n1,2\n', ""),
    "embedded": (b'a,b,c\n"1,5","say ""hi""","two\nlines"\n"cr\rin","crlf\r\nin",x\n', ""),
    "crlf": (b"a,b\r\n1,2\r\n3,4\r\n", ""),
    "crlf-quoted": (b'a,b\r\n"1","2"\r\n"x\r\ny","4"\r\n', ""),
    "mixed-line-ends": (b"a,b\r\n1,2\n3,4\r5,6\r\n", ""),
    "lone-cr": (b"a,b\r1,2\r3,4\r", ""),
    "mark": (BOM + b"a,b\n1,2\n", "", b"a,b\n1,2\n"),
    "mark-quoted": (BOM + b'"a","b"\n1,2\n', "", b"a,b\n1,2\n"),
    "blank-at-end": (b"a,b\n1,2\n\n", "", b"a,b\n1,2\n"),
    "blanks-between": (b"\n\na,b\n\n1,2\r\n\r\n\n3,4\n\n\n", "", b"a,b\n1,2\n3,4\n"),
    "no-final-newline": (b"a,b\n1,2", ""),
    "no-final-newline-quoted": (b'a,b\n1,"2,"', ""),
    "no-final-value": (b"a,b\n1,", ""),
    "blank-first-name": (b",a\n0,5\n1,6\n", "", b"column_1,a\n0,5\n1,6\n"),
    "doubled-name": (b"a,a,b,a\n1,2,3,4\n", "", b"a,a.1,b,a.2\n1,2,3,4\n"),
    "blank-name": (b"a,\" \",b\n1,2,3\n", "", b"a,column_2,b\n1,2,3\n"),
    "trimmed-names": (b" a ,\tb\n 1 ,2\t\n", "", b"a,b\n 1 ,2\t\n"),
    "semicolon": (b"a;b\n1,5;2\n\"x;y\";3\n", "d;"),
    "tab": (b"a\tb\n1\t\n\"x\ty\"\t3\n", "d\t"),
    "pipe": (b"a|b\n1|2\n", "d|"),
    "space": (b"a b\n1 \n\"x y\" 2\n", "d "),
    "blanks-around": (b'a,b\n 1 , 2\n" q ",\t3 \n', ""),
    "needless-quotes": (b'a,b\n"1","2"\n', ""),
    "one-column": (b"a\n1\n2\n", ""),
    "one-column-missing": (b"a\n1\n\n2\n", "", b'a\n1\n""\n2\n'),
    "one-column-missing-crlf": (b"a\r\n\r\n\r\n2\r\n", "", b'a\n""\n""\n2\n'),
    "one-column-blank-end": (b"a\n1\n\n\n", "", b'a\n1\n""\n'),
    "one-column-quoted-empty": (b'a\n""\n1\n""\n', ""),
    "quoted-empty": (b'a,b\n"",""\n1,""\n', ""),
    "all-missing": (b"a,b,c\n,,\n,,\n", ""),
    "missing-marks": (b"a,b\nNA,?\n\\N,null\nn/a,NaN\n", ""),
    "unicode": ("größe,名前\nü,東京\n🎣,é\n".encode(), ""),
    "not-utf8-value": (b"a,b\ncaf\xe9,\xff\xfe\n", "", b"a,b\ncaf\xe9,\xff\xfe\n"),
    "control": (b"a,b\n\x01\x1b[31m,\x7f\n", ""),
    "long-value": (b"a,b\n1," + LONG + b"\n2,3\n", ""),
    "long-quoted": (b'a,b\n1,"' + LONG + b'""\n,"\n2,3\n', ""),
    "header-only": (b"a,b\n", ""),
    "header-only-bare": (b"a,b", ""),
    "header-again": (b"a,b\n1,2\na,b\n3,4\n" + BOM + b"a,b\n5,6\n", "", b"a,b\n1,2\n3,4\n5,6\n"),
    "header-as-value": (b'a,b\n1,2\n"a",b\n', "", b'a,b\n1,2\n"a","b"\n'),
    "no-header": (b"1,2\n3,4\n", "H", b"1,2\n\"1\",\"2\"\n3,4\n"),
    "no-header-blank-start": (b"\n\n5\n", "H", b'1\n""\n""\n5\n'),
    "hash-and-apostrophe": (b"a,b\n#1,'2'\n'x,y'\n", ""),
    "leading-zeros": (b"id,n\n007,1e5\n00,-0\n", ""),
}
STRAY = " (a stray line? --on-error skip sets such rows aside)"
QUOTES = " (quote the whole value and double the quotes in it)"
BAD = {
    "ragged-short": (b"a,b,c\n1,2,3\n4,5\n", "", "3: 2 fields where the header has 3: '4,5'" + STRAY),
    "ragged-long": (b"a,b\n1,2\n3,4,5\n", "", "3: 3 fields where the header has 2: '3,4,5'" + STRAY),
    "ragged-quoted": (b'a,b\n"x\ny"\n', "", "2: 1 field where the header has 2: '\"x'" + STRAY),
    "ragged-no-header": (b"1,2\n3\n", "H", "2: 1 field where the first row has 2: '3'" + STRAY),
    "stray-line": (b"a,b\r\n1,2\r\n;\r\n3,4\r\n", "", "3: 1 field where the header has 2: ';'" + STRAY),
    "blank-line-of-blanks": (b"a,b\n1,2\n  \n", "", "3: 1 field where the header has 2: '  '" + STRAY),
    "open-quote": (b'a,b\n1,2\n"x,3\n4,5\n', "", "3: byte 1: a quote opens here and never closes (was the end cut off?)"),
    "open-quote-later-line": (b'a,b\n"1\n2","x\n4,5\n', "", "3: byte 4: a quote opens here and never closes (was the end cut off?)"),
    "open-quote-header": (b'"a,b\n1,2\n', "", "1: byte 1: a quote opens here and never closes (was the end cut off?)"),
    "stray-quote": (b'a,b\n1,5" disk\n', "", "2: byte 4: a quote inside a value that does not begin with one: '5\" disk'" + QUOTES),
    "quote-after-blank": (b'a,b\n1, "x"\n', "", "2: byte 4: a quote inside a value that does not begin with one: ' \"x\"'" + QUOTES),
    "text-behind-quote": (b'a,b\n1,"x"y\n', "", "2: byte 6: text behind a closing quote: '\"x\"y'" + QUOTES),
    "text-behind-quote-later-line": (b'a,b\n1,"x\nyz" \n', "", "3: byte 4: text behind a closing quote: '\"x'" + QUOTES),
    "stray-quote-header": (b'a,b"\n1,2\n', "", "1: byte 4: a quote inside a value that does not begin with one: 'b\"'" + QUOTES),
    "nul": (b"a,b\n1,x\0y\n", "", "2: byte 4: a NUL byte (binary data? UTF-16? iconv -f UTF-16 -t UTF-8 makes that readable)"),
    "nul-quoted": (b'a,b\n"l\nm\0",y\n', "", "3: byte 2: a NUL byte (binary data? UTF-16? iconv -f UTF-16 -t UTF-8 makes that readable)"),
    "nul-header": (b"a\0,b\n1,2\n", "", "1: byte 2: a NUL byte (binary data? UTF-16? iconv -f UTF-16 -t UTF-8 makes that readable)"),
    "utf16": ("\ufeffa,b\n1,2\n".encode("utf-16-le"), "", " this is UTF-16 text (iconv -f UTF-16 -t UTF-8 makes it CSV that can be read)"),
    "utf16-big": ("\ufeffa,b\n1,2\n".encode("utf-16-be"), "", " this is UTF-16 text (iconv -f UTF-16 -t UTF-8 makes it CSV that can be read)"),
    "name-not-utf8": (b"a,caf\xe9\n1,2\n", "", "1: column 2: the name 'caf\\xe9' is not UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 may be what it needs)"),
    "empty": (b"", "", " no header: the input is empty"),
    "only-blank-lines": (b"\n\r\n\n", "", " no header: the input is empty"),
    "only-mark": (BOM, "", " no header: the input is empty"),
    "too-wide": (b"," * 65536 + b"\n", "", "1: 65537 columns; the limit is 65536 (is -d right?)"),
}


def normalise(data, options):
    """What Python makes of it: one dialect in, RFC 4180 with as few quotes as possible out."""
    delimiter = options[1] if options[:1] == "d" else ","
    rows = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter, strict=True)
    text = ""
    for row in rows:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(row)  # quotes CR too, unlike "\n"
        text += out.getvalue()[:-2] + "\n"
    return text.encode()


csv.field_size_limit(1 << 30)
with open("cases", "w") as cases:
    for name, (data, options, *output) in sorted(GOOD.items()):
        with open(name + ".csv", "wb") as file:
            file.write(data)
        with open(name + ".out", "wb") as file:
            file.write(output[0] if output else normalise(data, options))
        print(name, options, sep=" ", file=cases)
    for name, (data, options, message) in sorted(BAD.items()):
        with open(name + ".csv", "wb") as file:
            file.write(data)
        with open(name + ".err", "w") as file:
            file.write(name + ".csv:" + message)
        print(name, options, sep=" ", file=cases)
