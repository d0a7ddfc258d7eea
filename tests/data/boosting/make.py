#!/usr/bin/python3
"""
What scikit-learn 1.2's gradient boosting says of two small sets in which no two splits are equally good: neither its draws among such
nor weights that differ in the ninth digit, which would decide them, change anything.
"""
import itertools

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

BINARY = [
    dict(n_estimators=30),
    dict(n_estimators=40, max_depth=2, learning_rate=0.3),
    dict(n_estimators=20, loss="exponential"),
    dict(n_estimators=15, max_depth=None, max_leaf_nodes=5),
    dict(n_estimators=15, max_depth=2, min_samples_leaf=20, min_samples_split=60),
    dict(n_estimators=15, min_impurity_decrease=0.05),
    dict(n_estimators=15, min_impurity_decrease=0.0005, criterion="squared_error"),
    dict(n_estimators=15, max_depth=2, min_weight_fraction_leaf=0.1),
]
MULTI = [dict(n_estimators=12), dict(n_estimators=12, max_depth=2, learning_rate=0.5)]


def features(random, rows):
    few = random.integers(-1, 2, (rows, 3))
    many = random.integers(0, 180, (rows, 3)) / 64  # exact in single precision, and no more than 255 values
    return np.hstack([few, many]).astype(float)


def answers(x, y, weight, setting):
    """Of a setting; None where it depends on draws or last digits."""
    random = np.random.default_rng(1)
    found = []
    for state in range(4):
        w = (np.ones(len(x)) if weight is None else weight) * (1 + (1e-9 * random.normal(size=len(x)) if state else 0))
        found.append(GradientBoostingClassifier(random_state=state, **setting).fit(x, y, w).predict_proba(x))
    return found[0] if all(np.abs(a - found[0]).max() < 1e-6 for a in found) else None


def learn(x, y, weight, settings):
    """A column for each setting, without and with weights, and class but the first; None where one depends."""
    columns = []
    for setting in settings:
        for w in (None, weight):
            found = answers(x, y, w, setting)
            if found is None:
                return None
            columns += list(found.T[1:])
    return np.array(columns).T


def write(name, table, header):
    np.savetxt(name, table, "%.9g", ",", header=header, comments="")


for classes, settings, name in ((2, BINARY, "binary"), (3, MULTI, "multi")):
    for seed in itertools.count():
        random = np.random.default_rng(seed)
        x = features(random, 300)
        score = x[:, 0] + 0.7 * x[:, 1] * x[:, 2] + 1.3 * x[:, 3] - x[:, 4] ** 2 + random.normal(size=len(x))
        y = np.digitize(score, np.quantile(score, np.arange(1, classes) / classes))
        weight = random.integers(8, 33, len(x)) / 16
        expected = learn(x, y, weight, settings)
        if expected is not None:
            break
    print(name, "seed", seed, flush=True)
    write(name + ".csv", np.column_stack([x, weight, y]), "a,b,c,d,e,f,weight,y")
    write(name + "-expected.csv", expected, ",".join("p%d" % i for i in range(expected.shape[1])))
