#!/usr/bin/env python3
"""Makes the cases of tests/lib/adaboost_test.c with scikit-learn 1.2: NAME.csv (features, weight, class) and NAME-expected.csv, the
probabilities of its rows after fitting on them, setting by setting. Where two questions are equally good scikit-learn draws, so the
cases are such that its random state does not matter; this is checked. Run in this folder."""
import numpy as np
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

# In the order of adaboost_test.c: algorithm, learning_rate, n_estimators, weighted, max_depth
SETTINGS = [
    ("SAMME.R", 1.0, 1, False, 1),
    ("SAMME.R", 1.0, 50, False, 1),
    ("SAMME.R", 0.1, 40, False, 1),
    ("SAMME.R", 0.5, 30, True, 1),
    ("SAMME", 1.0, 1, False, 1),
    ("SAMME", 1.0, 50, False, 1),
    ("SAMME", 0.3, 40, False, 1),
    ("SAMME", 1.0, 30, True, 1),
    ("SAMME.R", 0.3, 8, False, 2),
    ("SAMME", 0.5, 8, False, 2),
    ("SAMME.R", 0.3, 8, False, 3),
    ("SAMME.R", 0.2, 8, True, 2),
]


def write(name, x, y):
    rng = np.random.default_rng(5)
    weight = rng.choice([0.25, 1, 2, 3.5], len(y))
    columns = []
    for algorithm, rate, count, weighted, depth in SETTINGS:
        found = []
        for state in range(5):
            tree = DecisionTreeClassifier(max_depth=depth)
            model = AdaBoostClassifier(tree, algorithm=algorithm, learning_rate=rate, n_estimators=count, random_state=state)
            found.append(model.fit(x, y, weight if weighted else None).predict_proba(x))
        assert all(abs(f - found[0]).max() < 1e-12 for f in found), (name, algorithm, rate, depth)
        columns.append(found[0])
    header = ",".join([f"x{i}" for i in range(x.shape[1])] + ["weight", "y"])
    np.savetxt(f"{name}.csv", np.c_[x, weight, y], fmt="%.10g", delimiter=",", header=header, comments="")
    header = ",".join(f"s{s}c{c}" for s in range(len(SETTINGS)) for c in range(columns[0].shape[1]))
    np.savetxt(f"{name}-expected.csv", np.hstack(columns), fmt="%.17g", delimiter=",", header=header, comments="")


rng = np.random.default_rng(1)
x = (rng.normal(size=(150, 4)) * 64).round() / 64
x[:, 3] = np.sign(x[:, 3])
score = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * x[:, 3] + 0.5 * rng.normal(size=150)
write("two", x, (score > 0).astype(int))
write("three", x, np.digitize(score, [-0.6, 0.6]))
# Codes as in the phishing set: -1, 0, 1; the classes follow each a little.
x = rng.integers(-1, 2, size=(160, 7)).astype(float)
x[:, 5:] = np.sign(x[:, 5:] + 0.5)
write("codes", x, (x @ [1, -0.8, 0.6, 0.4, 0.3, 0.5, -0.2] + rng.normal(size=160) > 0).astype(int))
