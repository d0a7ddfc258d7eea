#!/usr/bin/env python3
"""Makes what tree_test holds weighted trees and forests against, with scikit-learn 1.2, from the sets that make_tree.py made.

Weighted trees: weights are drawn until no tree depends on the random state. Forests: the mean of so many trees that it
hardly depends on it either (standard error below 0.008 for each row).
"""
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

TREES = 4000
WEIGHTED = [  # in the order of tree_test.c
    dict(max_depth=3),
    dict(criterion="entropy", max_depth=3),
    dict(max_leaf_nodes=5),
    dict(min_weight_fraction_leaf=0.08),
    dict(min_samples_leaf=6, min_impurity_decrease=0.01),
]
FORESTS = [  # in the order of tree_test.c
    (RandomForestClassifier, dict()),
    (RandomForestClassifier, dict(max_depth=4, min_samples_leaf=3, class_weight="balanced_subsample")),
    (RandomForestClassifier, dict(criterion="entropy", max_samples=0.5)),
    (ExtraTreesClassifier, dict()),
    (ExtraTreesClassifier, dict(max_depth=3, max_features=1, criterion="entropy")),
    (ExtraTreesClassifier, dict(bootstrap=True, min_samples_split=10)),
]


def weighted(x, y, weight, query):
    """Probabilities under all settings, or None where a tree depends on the random state."""
    found = []
    for setting in WEIGHTED:
        trees = [DecisionTreeClassifier(random_state=s, **setting).fit(x, y, weight) for s in range(12)]
        first = trees[0].tree_
        for other in (t.tree_ for t in trees[1:]):
            if other.node_count != first.node_count or (other.feature != first.feature).any() or (other.threshold != first.threshold).any():
                return None
        found.append(trees[0].predict_proba(query))
    return found


for name in "two", "three":
    train = np.loadtxt(f"{name}.csv", delimiter=",", skiprows=1)
    query = np.loadtxt(f"{name}-expected.csv", delimiter=",", skiprows=1)[:, :4]
    x, y = train[:, :4], train[:, 4]
    classes = len(np.unique(y))
    seed = 0
    while (found := weighted(x, y, weight := np.random.RandomState(seed).gamma(2, size=len(y)).round(3) + 0.001, query)) is None:
        seed += 1
    print(name, "seed", seed)
    np.savetxt(f"{name}-weights.csv", weight, fmt="%.17g", header="weight", comments="")
    found += [make(TREES, random_state=1, n_jobs=2, **setting).fit(x, y).predict_proba(query) for make, setting in FORESTS]
    names = [f"x{i}" for i in range(4)] + [f"p{s}_{c}" for s in range(len(found)) for c in range(classes)]
    np.savetxt(f"{name}-forest.csv", np.column_stack([query] + found), fmt="%.9g", delimiter=",", header=",".join(names), comments="")
