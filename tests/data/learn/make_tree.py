#!/usr/bin/env python3
"""Makes the trees that tree_test holds ours against, with scikit-learn 1.2.

Data sets are drawn until the best split is unique at every node under every setting: then scikit-learn grows the same tree from any
random state. Values are exact in float32, as scikit-learn's trees see them.
"""
import numpy as np
from sklearn.tree import DecisionTreeClassifier

SETTINGS = [  # in the order of tree_test.c
    dict(),
    dict(criterion="entropy"),
    dict(max_depth=3),
    dict(min_samples_leaf=4),
    dict(min_samples_split=0.2, min_samples_leaf=0.03),
    dict(max_leaf_nodes=6),
    dict(min_impurity_decrease=0.02),
    dict(ccp_alpha=0.015),
    dict(class_weight="balanced", max_depth=4),
    dict(min_weight_fraction_leaf=0.06, criterion="log_loss"),
]


def draw(seed, classes):
    rows, noise = (120, 0.3) if classes == 2 else (80, 0.1)
    random = np.random.RandomState(seed)
    x = random.normal(size=(rows, 4)).astype(np.float32).astype(float)
    x[:, 3] = random.randint(0, 40, rows)  # some values repeat
    noisy = x[:, 0] + 0.6 * x[:, 1] + 0.04 * x[:, 3] + noise * random.normal(size=rows)
    y = np.digitize(noisy, np.quantile(noisy, np.arange(1, classes) / classes))
    query = random.normal(size=(200, 4)).astype(np.float32).astype(float)
    query[:, 3] = random.randint(0, 40, 200)
    return x, y, query


def expected(x, y, query):
    """Probabilities under all settings, or None where a tree depends on the random state."""
    out = []
    for setting in SETTINGS:
        trees = [DecisionTreeClassifier(random_state=s, **setting).fit(x, y) for s in range(12)]
        first = trees[0].tree_
        for other in (t.tree_ for t in trees[1:]):
            if other.node_count != first.node_count or (other.feature != first.feature).any() or (other.threshold != first.threshold).any():
                return None
        out.append(trees[0].predict_proba(query))
    return out


def write(path, names, columns):
    np.savetxt(path, np.column_stack(columns), fmt="%.17g", delimiter=",", header=",".join(names), comments="")


for name, classes in ("two", 2), ("three", 3):
    seed = 0
    while (found := expected(*draw(seed, classes))) is None:
        seed += 1
    x, y, query = draw(seed, classes)
    write(f"{name}.csv", [f"x{i}" for i in range(4)] + ["y"], [x, y])
    write(f"{name}-expected.csv", [f"x{i}" for i in range(4)] + [f"p{s}_{c}" for s in range(len(SETTINGS)) for c in range(classes)], [query] + found)
    print(name, "seed", seed)
