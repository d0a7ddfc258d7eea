#!/usr/bin/python3
# Makes columns.csv, and expected.csv: the correlation of each pair of its columns, by numpy 1.24 and, where that overflows or has few
# digits left, by rational numbers. Run in the folder.
import decimal
import fractions

import numpy
import pandas

random = numpy.random.default_rng(4)
ROWS = 211
a = random.normal(3, 2, ROWS)
columns = {
    "a": a,
    "near": a * -2 + random.normal(0, 0.01, ROWS),
    "twice": 2 * a,  # exactly
    "third": a / 3 + 1e3,
    "code": random.integers(-1, 2, ROWS).astype(float),
    "gaps": numpy.where(random.random(ROWS) < 0.3, numpy.nan, a + random.normal(0, 1, ROWS)),
    "holes": numpy.where(random.random(ROWS) < 0.5, numpy.nan, random.normal(0, 1, ROWS) - a),
    "far": 1.7e9 + numpy.round(a * 8) / 8,  # little variation far from zero
    "huge": a * 1e300 + random.normal(0, 1e300, ROWS),
    "tiny": a * 1e-300,
    "constant": numpy.full(ROWS, 0.1),
    "infinite": numpy.where(numpy.arange(ROWS) == 7, numpy.inf, a),
    "few": numpy.where(numpy.arange(ROWS) < 2, a, numpy.nan),
    "one": numpy.where(numpy.arange(ROWS) == 100, a, numpy.nan),
    "none": numpy.full(ROWS, numpy.nan),
}
BY_NUMPY = {"a", "near", "twice", "third", "code", "gaps", "holes", "few"}


def exact(x, y):
    x, y = ([fractions.Fraction(v) for v in values] for values in (x, y))
    n = len(x)
    moment = lambda u, v: sum(p * q for p, q in zip(u, v)) - sum(u) * sum(v) / n
    squared = moment(x, y) ** 2 / (moment(x, x) * moment(y, y))
    decimal.getcontext().prec = 40
    root = (decimal.Decimal(squared.numerator) / decimal.Decimal(squared.denominator)).sqrt()
    return float(root) * (1 if moment(x, y) >= 0 else -1)


def correlation(first, second):
    both = ~(numpy.isnan(columns[first]) | numpy.isnan(columns[second]))
    x, y = columns[first][both], columns[second][both]
    if len(x) < 2 or x.min() == x.max() or y.min() == y.max() or not numpy.isfinite([x, y]).all():
        return numpy.nan
    if {first, second} <= BY_NUMPY:
        return numpy.corrcoef(x, y)[0, 1]
    return exact(x, y)


pandas.DataFrame(columns).to_csv("columns.csv", index=False, float_format="%.17g", lineterminator="\n", na_rep="nan")
names = list(columns)
rows = [(i, j, correlation(names[i], names[j])) for i in range(len(names)) for j in range(i + 1)]
pandas.DataFrame(rows, columns=["x", "y", "r"]).to_csv("expected.csv", index=False, float_format="%.17g", lineterminator="\n", na_rep="nan")
