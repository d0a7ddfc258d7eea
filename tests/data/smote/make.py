#!/usr/bin/env python3
"""Makes the cases of tests/lib/smote_test.c and neighbors_test.c. Run in this folder.

counts.csv: imbalanced-learn's SMOTE for tables of so many rows a class: strategy (as --strategy has it), how many classes, their rows,
and the rows after it.
points.csv, nearest.csv: points and, for each, scikit-learn's five nearest others with their distances."""
from collections import Counter

import numpy as np
from imblearn.over_sampling import SMOTE
from imblearn.utils import check_sampling_strategy
from sklearn.neighbors import NearestNeighbors

rng = np.random.default_rng(3)
tables = [(40, 60), (60, 40), (50, 50), (7, 93), (30, 12, 51), (20, 20, 33, 33), (9, 33, 9), (11, 10, 10, 37, 36)]
words = {"auto": "auto", "all": "all", "minority": "minority", "not-minority": "not minority", "not-majority": "not majority"}
with open("counts.csv", "w") as out:
    out.write("strategy,classes,before,after\n")
    for table in tables:
        y = np.repeat(np.arange(len(table)), table)
        x = rng.normal(size=(len(y), 3))
        cases = dict(words)
        if len(table) == 2:
            cases.update({str(ratio): ratio for ratio in (0.1, 0.3, 0.667, 0.8, 1.0)})
        for name, strategy in cases.items():
            if isinstance(strategy, float) and int(strategy * max(table) - min(table)) <= 0:
                continue  # which imbalanced-learn refuses
            if strategy == "minority":  # 0.10's SMOTE refuses the word, though the function behind it knows it
                more = check_sampling_strategy(strategy, y, "over-sampling")
                strategy = {c: table[c] + n for c, n in more.items()}
            after = Counter(SMOTE(sampling_strategy=strategy, random_state=0).fit_resample(x, y)[1])
            out.write(f"{name},{len(table)},{' '.join(map(str, table))},{' '.join(str(after[c]) for c in range(len(table)))}\n")

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
