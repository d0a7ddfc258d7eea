#!/usr/bin/env python3
"""Makes the cases of tests/lib/{sampling,neighbors,borderline,mixed,oversample}_test.c with imbalanced-learn 0.10. Run in this folder.

counts.csv: what imbalanced-learn makes of a sampling_strategy for tables of so many rows a class (a, b, ...): the kind of method, the
strategy as --strategy has it (items between blanks), the classes' rows, and the rows after it, or "refused".
points.csv, nearest.csv: points and, for each, scikit-learn's five nearest others with their distances.
border.csv: rows of three classes, and what each is to BorderlineSMOTE by its m nearest: 0 safe, 1 in danger, 2 noise.
mixed.csv: numbers a, b, d and categories c, e of three classes, and each row's five nearest in its class (rows from 0) as SMOTENC has them, -1 in
the largest class, which does not grow.
constants.csv: of that table SMOTENC's median of deviations, first, and how far RandomOverSampler spreads each class and feature for a shrinkage."""
import warnings

import numpy as np
from imblearn.over_sampling import SMOTENC, BorderlineSMOTE, RandomOverSampler
from imblearn.utils import check_sampling_strategy
from sklearn.neighbors import NearestNeighbors

warnings.simplefilter("ignore")
rng = np.random.default_rng(3)
tables = [(40, 60), (60, 40), (50, 50), (7, 93), (30, 12, 51), (20, 20, 33, 33), (9, 33, 9), (11, 10, 10, 37, 36)]
words = ("auto", "all", "minority", "majority", "not-minority", "not-majority")
kinds = ("over-sampling", "under-sampling", "clean-sampling")


def cases_of(kind, table):
    """Each strategy as --strategy has it, with imbalanced-learn's."""
    cases = {word: word.replace("-", " ") for word in words}
    cases.update({str(ratio): ratio for ratio in (0.1, 0.3, 0.667, 0.8, 1.0, 1.5, 0.0)})
    if kind == "clean-sampling":
        cases = {word: case for word, case in cases.items() if isinstance(case, str)}
        cases.update({"b": [1], "a b": [0, 1], "b z": [1, 25]})
    else:
        for text in ("a=60", "a=60 b=93", "b=9", "a=5 b=7", "b=0", "z=9"):
            cases[text] = {ord(name) - ord("a"): int(count) for name, count in (item.split("=") for item in text.split())}
    return cases


def after(kind, strategy, table):
    """How many rows each class has; of cleaning, 1 where rows may go."""
    y = np.repeat(np.arange(len(table)), table)
    try:
        plan = check_sampling_strategy(strategy, y, kind)
    except ValueError:
        return "refused"
    if kind == "clean-sampling":
        return " ".join(str(int(c in plan)) for c in range(len(table)))
    if kind == "over-sampling":
        plan = {c: table[c] + more for c, more in plan.items()}
    return " ".join(str(plan.get(c, table[c])) for c in range(len(table)))


with open("counts.csv", "w") as out:
    out.write("kind,strategy,before,after\n")
    for kind in kinds:
        for table in tables:
            for name, strategy in cases_of(kind, table).items():
                if kind == "over-sampling" and isinstance(strategy, float) and len(table) == 2 and 0 <= max(table) * strategy - min(table) < 1:
                    continue  # which imbalanced-learn refuses, and we do not: there is nothing to add
                out.write(f"{kind},{name},{' '.join(map(str, table))},{after(kind, strategy, table)}\n")

points = np.c_[rng.normal(size=(157, 5)), rng.exponential(size=(157, 2)) * 3]
distance, nearest = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(points).kneighbors(points)
with open("points.csv", "w") as out:
    out.write(",".join("abcdefg") + "\n")
    out.writelines(",".join(repr(float(v)) for v in row) + "\n" for row in points)
with open("nearest.csv", "w") as out:
    out.write(",".join(f"{what}{i}" for what in ("nearest", "distance") for i in range(1, 6)) + "\n")
    for i in range(len(points)):
        assert nearest[i, 0] == i
        out.write(",".join([*map(str, nearest[i, 1:]), *(repr(float(d)) for d in distance[i, 1:])]) + "\n")

# Borderline-SMOTE: two classes that overlap, a third at their side, a few rows far inside another class.
size = (60, 45, 25)
y = np.repeat(np.arange(3), size)
x = np.r_[rng.normal(size=(60, 3)), rng.normal(size=(45, 3)) * 0.8 + [1.3, 0, 0], rng.normal(size=(25, 3)) * 0.5 + [0, 2.5, 0]]
x[100:105] = x[:5] + rng.normal(size=(5, 3)) * 0.02
shuffled = rng.permutation(len(y))
x, y = x[shuffled], y[shuffled]
found = {}
for m in (1, 4, 5, 10):
    nearest = NearestNeighbors(n_neighbors=m + 1).fit(x)
    found[m] = np.zeros(len(y), dtype=int)
    for c in range(3):
        rows = np.flatnonzero(y == c)
        for number, kind in ((1, "danger"), (2, "noise")):
            found[m][rows[BorderlineSMOTE()._in_danger_noise(nearest, x[rows], c, y, kind=kind)]] = number
with open("border.csv", "w") as out:
    out.write("x1,x2,x3,y," + ",".join(f"m{m}" for m in found) + "\n")
    for i in range(len(y)):
        out.write(",".join([*(repr(float(v)) for v in x[i]), str(y[i]), *(str(found[m][i]) for m in found)]) + "\n")

# SMOTE-NC: its constant and its neighbours; what it needs is what it had when it went to look for them.
class Watched(SMOTENC):
    def _make_samples(self, X, y_dtype, y_type, nn_data, nn_num, n_samples, step_size=1.0):
        self.near = getattr(self, "near", {})
        self.near[y_type] = nn_num
        return super()._make_samples(X, y_dtype, y_type, nn_data, nn_num, n_samples, step_size)


size = (70, 30, 41)
y = rng.permutation(np.repeat(np.arange(3), size))
table = np.c_[rng.normal(size=(141, 2)) * [1, 3], rng.integers(0, 4, size=141), rng.exponential(size=141), rng.integers(0, 3, size=141) * 10]
smote = Watched([2, 4], k_neighbors=5, random_state=0)
smote.fit_resample(table, y)
with open("mixed.csv", "w") as out:
    out.write("a,b,c,d,e,y," + ",".join(f"nearest{i}" for i in range(1, 6)) + "\n")
    for i in range(len(y)):
        rows = np.flatnonzero(y == y[i])
        near = rows[smote.near[y[i]][np.flatnonzero(rows == i)[0]]] if y[i] in smote.near else [-1] * 5
        out.write(",".join([*(repr(float(v)) for v in table[i]), str(y[i]), *map(str, near)]) + "\n")


# RandomOverSampler's smoothed bootstrap where all errors are 1: how far each feature of each class is spread.
class Ones(np.random.RandomState):
    def randn(self, *shape):
        return np.ones(shape)


with open("constants.csv", "w") as out:
    out.write("shrinkage,class,feature,value\n")
    out.write(f"0,0,0,{float(smote.median_std_)!r}\n")
    for shrinkage in (1, 0.3):
        sampler = RandomOverSampler(random_state=Ones(0), shrinkage=shrinkage, sampling_strategy={c: 200 for c in range(3)})
        more = sampler.fit_resample(table, y)[0][len(y):] - table[sampler.sample_indices_[len(y):]]
        for c in range(3):
            one = np.median(more[sum(200 - size[k] for k in range(c)):][:200 - size[c]], axis=0)
            for f in range(5):
                out.write(f"{shrinkage},{c},{f},{float(one[f])!r}\n")
