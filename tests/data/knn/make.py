#!/usr/bin/python3
# Makes the tables of this folder: rows to learn from, other rows, and what scikit-learn 1.2.1's KNNImputer makes of both: a line for
# each value that is missing, but for those where the k-th and the next donor are equally far: which of them is taken is not
# settled there. Run in the folder.
import csv
import warnings
from fractions import Fraction

import numpy
from sklearn.impute import KNNImputer

warnings.simplefilter("ignore")
random = numpy.random.default_rng(4)
nan = numpy.nan


def holed(rows, share):
    rows = rows.astype(float)
    rows[random.random(rows.shape) < share] = nan
    for column in rows.T:
        if numpy.isnan(column).all():
            column[0] = 1
    return rows


def exact(a, b, **_):
    there = ~numpy.isnan(a) & ~numpy.isnan(b)
    if not there.any():
        return nan
    return numpy.sqrt(len(a) / there.sum() * ((a[there] - b[there]) ** 2).sum())


def codes(count):
    return random.integers(-1, 2, (count, 8))


def mixed(count):
    scales = [1e6, 1, 1e-3, 50, 1e3]
    return numpy.column_stack([random.normal(3, 1, count) * s for s in scales] + [numpy.full(count, 7.3)])


empty = numpy.full((1, 8), nan)
repeated = codes(6)
tables = {
    "codes": (holed(numpy.vstack([codes(30), repeated, repeated, repeated]), 0.12), holed(codes(10), 0.2)),
    "levels": (holed(random.integers(0, 5, (40, 6)) * 0.25, 0.15), holed(random.integers(0, 5, (8, 6)) * 0.25, 0.2)),
    "counts": (holed(random.integers(0, 200, (40, 6)), 0.12), holed(random.integers(0, 300, (8, 6)), 0.2)),
    "continuous": (holed(random.normal(0, 1, (50, 7)), 0.12), holed(random.normal(0, 1, (12, 7)), 0.2)),
    "mixed": (holed(mixed(40), 0.1), holed(mixed(8), 0.2)),
    "wide": (holed(random.integers(0, 3, (14, 70)), 0.05), holed(random.integers(0, 3, (3, 70)), 0.05)),
    "narrow": (holed(random.normal(0, 1, (30, 1)), 0.2), holed(random.normal(0, 1, (3, 1)), 0.5)),
    "sparse": (holed(random.normal(0, 1, (25, 5)), 0.7), holed(random.normal(0, 1, (10, 5)), 0.6)),
}
tables["codes"] = (numpy.vstack([tables["codes"][0], empty]), numpy.vstack([tables["codes"][1], empty]))
tables["codes"][1][0, :3] = [0.5, 9, nan]  # values that no training row has
tables["levels"][0][2:, 5] = nan  # two donors
tables["sparse"][0][:, 0] = nan
tables["sparse"][0][5:8, 0] = [1, 2, 4]
tables["narrow"][1][0] = nan


def tied(train, row, column, k):
    """Are the k-th and the next donor equally far from the row?"""
    apart = []
    for donor in train:
        if numpy.isnan(donor[column]):
            continue
        there = ~numpy.isnan(donor) & ~numpy.isnan(row)
        squares = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(donor[there], row[there]))
        apart.append(squares / int(there.sum()) if there.any() else Fraction(10) ** 400)
    apart.sort()
    return min(apart) < Fraction(10) ** 400 and k < len(apart) and apart[k - 1] == apart[k]


def write(name, rows):
    with open(name, "w") as out:
        out.write(",".join(f"c{i}" for i in range(rows.shape[1])) + "\n")
        for row in rows:
            out.write(",".join("NA" if numpy.isnan(v) else repr(float(v)) for v in row) + "\n")


for name, (train, new) in tables.items():
    write(f"{name}.csv", train)
    write(f"{name}-new.csv", new)
    # What scikit-learn works out by |a|^2 + |b|^2 - 2ab is less exact than 1e-12: weights show it, and columns of other magnitudes.
    with open(f"{name}-expected.csv", "w") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["n_neighbors", "distance", "new", "row", "column", "value"])
        for k in 1, 2, 5, 100:
            for weights in "uniform", "distance":
                imputer = KNNImputer(n_neighbors=k, weights=weights, metric=exact if weights == "distance" or name == "mixed" else "nan_euclidean").fit(train)
                for which, rows in enumerate((train, new)):
                    filled = imputer.transform(rows)
                    for r, c in numpy.argwhere(numpy.isnan(rows)):
                        if not tied(train, rows[r], c, k):
                            out.writerow([k, int(weights == "distance"), which, r, c, repr(float(filled[r, c]))])
