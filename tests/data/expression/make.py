#!/usr/bin/python3
# Makes the tables of this folder: some columns, and behind them what expressions over them come to by numpy, SciPy and Python's
# re and str. An expression's column is called what the expression is. Run in the folder.
import csv
import math
import re

import numpy
from scipy.stats import entropy

numpy.seterr(all="ignore")
random = numpy.random.default_rng(7)


def write(name, columns):
    def cell(value):
        if isinstance(value, str):
            return value
        if value is None or not numpy.isfinite(value):
            return "inf" if value == math.inf else ""
        return repr(float(value))

    with open(name, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        for row in zip(*columns.values()):
            table.writerow([cell(value) for value in row])


def finite(values):
    return numpy.where(numpy.isfinite(values), values, numpy.nan)


def kept(values, *arguments):
    """Truth values, missing where one of these is."""
    missing = numpy.logical_or.reduce([numpy.isnan(a) for a in arguments])
    return numpy.where(missing, numpy.nan, numpy.asarray(values, dtype=float))


# --- numbers ---
a = numpy.concatenate([
    random.normal(0, 10, 30), random.integers(-20, 20, 30), random.normal(0, 1, 20) * 10.0 ** random.integers(-20, 20, 20),
    [0.5, 1.5, 2.5, -0.5, -1.5, 0, 1, -1, 1e-300, 1e300, 700, 710, -745, 1e-9, -1e-9, 1024, 1e-3, 1000, 0.1, 2**53, math.nan, math.nan]])
b = numpy.concatenate([
    random.integers(-4, 5, 40), random.normal(0, 5, 40),
    [2, 0, 0.5, -1, 3, 0, -2, 1 / 3, 2, 2, 1, 10, 0.1, 7, -7, 1e-5, 12, 4, 30, 1, 2, math.nan]])
numbers = {"a": a, "b": b}
for text, values in {
    "a + b": a + b, "a - b": a - b, "a * b": a * b, "a / b": a / b, "a % b": numpy.mod(a, b), "a ^ b": numpy.power(a, b),
    "abs(a) ^ b": numpy.power(abs(a), b), "1.0001 ^ (a * 37)": numpy.power(1.0001, a * 37), "(1 + b / 1e4) ^ 10000": (1 + b / 1e4) ** 10000,
    "-a": -a, "abs(a)": abs(a), "sign(a)": numpy.sign(a), "floor(a)": numpy.floor(a), "ceil(a)": numpy.ceil(a), "trunc(a)": numpy.trunc(a),
    "round(a)": numpy.round(a), "round(a, 2)": numpy.round(a, 2), "round(a, -1)": numpy.round(a, -1), "sqrt(a)": numpy.sqrt(a),
    "exp(a)": numpy.exp(a), "exp(b)": numpy.exp(b), "expm1(a)": numpy.expm1(a), "expm1(b / 1e4)": numpy.expm1(b / 1e4), "log(a)": numpy.log(a),
    "log1p(a)": numpy.log1p(a), "log1p(b / 1e9)": numpy.log1p(b / 1e9), "log2(a)": numpy.log2(a), "log10(a)": numpy.log10(a),
    "min(a, b)": numpy.minimum(a, b), "max(a, b, 0)": numpy.maximum(numpy.maximum(a, b), 0), "clip(a, -3, 4.5)": numpy.clip(a, -3, 4.5),
    "clip(a, b, 1)": numpy.clip(a, b, 1), "ratio(a, b, -9)": numpy.where(b == 0, -9, a / b),
    "bucket(a, -5, 0, 2.5, 100)": kept(numpy.digitize(a, [-5, 0, 2.5, 100]), a),
    "a < b": kept(a < b, a, b), "a >= b": kept(a >= b, a, b), "a = b": kept(a == b, a, b), "a != round(a)": kept(a != numpy.round(a), a),
    "a in (0, 1, -1, 2.5, 1e300, 7)": kept(numpy.isin(a, [0, 1, -1, 2.5, 1e300, 7]), a),
    "if(a > 3, a * b, a < -3, -b, 0.25)": numpy.where(a > 3, a * b, numpy.where(a < -3, -b, kept(0 * a + 0.25, a))),
    "coalesce(a, b, 1)": numpy.where(numpy.isnan(a), numpy.where(numpy.isnan(b), 1, b), a), "is_missing(a)": numpy.isnan(a).astype(float),
    "log1p(abs(a)) / (1 + exp(-b))": numpy.log1p(abs(a)) / (1 + numpy.exp(-b)), "number(text(a))": a,
}.items():
    numbers[text] = finite(values)
write("numbers.csv", numbers)

# --- texts ---
s = ["http://www.example.com/login.php?user=a&id=42", "https://paypal.com.secure-login.ru/@x", "http://10.0.0.1/~a/", "münchen.de/straße",
     "日本語テキスト", "aaaaaaaa", "ab" * 40, "x", " padded\t", "a,b,,c", "Ünïcödé ÄÖÜ abc XYZ", "line\nbreak", "😀😀 smile", "", "3.25", " -7e2 ", "0x10",
     "//double//slash//", "UPPER lower", "'quoted' \"both\""]
t = ["http", "login", "/", "ß", "語", "aa", "ab", "y", " ", ",", "Ä", "\n", "😀", "x", ".", "7", "", "//", "r l", "'"]


def of(function, *columns):
    return [None if "" in row else function(*row) for row in zip(*columns)]


def part(text, separator, n):
    parts = text.split(separator)
    return parts[n - 1 if n > 0 else n] if 0 < abs(n) <= len(parts) else None


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def bits(text):
    return float(entropy([text.count(c) for c in sorted(set(text))], base=2))


def ascii_only(change):
    return lambda text: "".join(change(c) if c.isascii() else c for c in text)


texts = {"s": s, "t": t}
for name, values in {
    "length(s)": of(len, s), "count(s, '/.')": of(lambda x: sum(c in "/." for c in x), s), "count(s, 'ü語a')": of(lambda x: sum(c in "ü語a" for c in x), s),
    "count(s, t)": of(lambda x, y: sum(c in y for c in x), s, t), "contains(s, t)": of(lambda x, y: y in x, s, t),
    "contains(s, 'login')": of(lambda x: "login" in x, s), "starts_with(s, t)": of(str.startswith, s, t), "ends_with(s, t)": of(str.endswith, s, t),
    "matches(s, '^https?://[0-9.]+/')": of(lambda x: bool(re.search("^https?://[0-9.]+/", x)), s),
    "matches(s, '(?i)[äöü]')": of(lambda x: bool(re.search("(?i)[äöü]", x)), s), "matches(s, '^.{7}$')": of(lambda x: bool(re.search("^.{7}$", x)), s),
    "matches(s, '(.)\\1')": of(lambda x: bool(re.search(r"(.)\1", x)), s), "entropy(s)": of(bits, s), "number(s)": of(number, s), "s = t": of(str.__eq__, s, t),
    "s < t": of(lambda x, y: x.encode() < y.encode(), s, t), "s in ('x', 'aaaaaaaa', 'no')": of(lambda x: x in ("x", "aaaaaaaa", "no"), s),
    "lower(s)": of(ascii_only(str.lower), s), "upper(s)": of(ascii_only(str.upper), s), "trim(s)": of(str.strip, s), "trim(s, 'a/ä語')": of(lambda x: x.strip("a/ä語"), s),
    "part(s, t, 1)": of(lambda x, y: part(x, y, 1), s, t), "part(s, t, -1)": of(lambda x, y: part(x, y, -1), s, t), "part(s, '/', 3)": of(lambda x: part(x, "/", 3), s),
    "part(s, ',', -2)": of(lambda x: part(x, ",", -2), s), "slice(s, 2, 4)": of(lambda x: x[1:4], s), "slice(s, -3, -1)": of(lambda x: x[-3:], s),
    "slice(s, 3, -2)": of(lambda x: x[2:len(x) - 1], s), "concat(s, '-', t)": of(lambda x, y: x + "-" + y, s, t), "replace(s, t, '<>')": of(lambda x, y: x.replace(y, "<>"), s, t),
    "replace(s, 'a', '')": of(lambda x: x.replace("a", ""), s), "if(length(s) > 7, s, concat(t, '!'))": [(x if len(x) > 7 else y + "!" if y else None) if x else None for x, y in zip(s, t)],
    "coalesce(s, t)": [x or y or None for x, y in zip(s, t)],
}.items():
    texts[name] = [float(v) if isinstance(v, bool) else v for v in values]
write("texts.csv", texts)
