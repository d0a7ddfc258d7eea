#!/usr/bin/env python3
"""Makes the cases of tests/lib/nearest_test.c with scikit-learn's KNeighborsClassifier. Run in this folder.

train.csv: points and their class; query.csv: points, some of them training points; expected.csv: for each query, for p 2 and 1 and weights
uniform and distance, the three classes' probabilities at n_neighbors 1, 5 and 12. No two distances are equal but 0, so that no rule for ties matters."""
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

rng = np.random.default_rng(11)
x = rng.normal(size=(90, 3)).round(6)
y = np.digitize(x[:, 0] + 0.6 * rng.normal(size=90), [-0.4, 0.5])
query = np.vstack([rng.normal(size=(24, 3)).round(6), x[:6]])
np.savetxt("train.csv", np.column_stack([x, y]), "%.9g", ",", header="a,b,c,y", comments="")
np.savetxt("query.csv", query, "%.9g", ",", header="a,b,c", comments="")
columns, names = [], []
for p in 2, 1:
    for weights in "uniform", "distance":
        for k in 1, 5, 12:
            columns.append(KNeighborsClassifier(k, weights=weights, p=p).fit(x, y).predict_proba(query))
            names += [f"p{p}_{weights}_{k}_{c}" for c in range(3)]
np.savetxt("expected.csv", np.hstack(columns), "%.17g", ",", header=",".join(names), comments="")
