#!/usr/bin/env python3
"""Makes the cases of tests/lib/{sampling,neighbors}_test.c. Run in this folder.

counts.csv: what imbalanced-learn makes of a sampling_strategy for tables of so many rows a class (a, b, ...): the kind of method, the
strategy as --strategy has it (items between blanks), the classes' rows, and the rows after it, or "refused".
points.csv, nearest.csv: points and, for each, scikit-learn's five nearest others with their distances."""
import warnings

import numpy as np
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
