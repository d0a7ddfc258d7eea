#!/usr/bin/env python3
"""Makes the cases of tests/lib/svc_test.c with scikit-learn's SVC. Run in this folder.

train.csv: rows of three classes, some twice; query.csv: rows; cases.csv: parameters, and for each query row the decisions of the pairs (0, 1), (0, 2),
(1, 2), solved to 1e-10; probability.csv: the first case's probabilities, which scikit-learn draws by chance.
platt.csv: decisions, classes; then the sigmoid's a and b, from scikit-learn's calibration (in the first row)."""
import numpy as np
from sklearn.calibration import _sigmoid_calibration
from sklearn.svm import SVC

rng = np.random.default_rng(5)
x = rng.normal(size=(130, 3)).round(3) * [1, 2, 0.5]
y = np.digitize(x[:, 0] + 0.4 * x[:, 1] ** 2 + 0.5 * rng.normal(size=130), [0.2, 1.6])
x, y = np.vstack([x, x[:20]]), np.concatenate([y, y[:20]])
query = (rng.normal(size=(40, 3)) * [1, 2, 0.5]).round(3)
np.savetxt("train.csv", np.column_stack([x, y]), "%.9g", ",", header="a,b,c,y", comments="")
np.savetxt("query.csv", query, "%.9g", ",", header="a,b,c", comments="")
cases = [
    {},
    {"C": 10, "gamma": 0.3},
    {"C": 0.1, "gamma": "auto"},
    {"C": 2, "class_weight": "balanced"},
    {"kernel": "linear", "C": 0.5},
    {"kernel": "poly", "gamma": 0.5, "coef0": 1},
    {"kernel": "poly", "degree": 2, "class_weight": "balanced"},
]
with open("cases.csv", "w") as out:
    out.write("params," + ",".join(f"d{row}_{pair}" for row in range(len(query)) for pair in range(3)) + "\n")
    for case in cases:
        model = SVC(**case, tol=1e-10, decision_function_shape="ovo").fit(x, y)
        out.write(" ".join(f"{key}={value}" for key, value in case.items()))
        out.write("".join(f",{value:.10g}" for value in model.decision_function(query).ravel()) + "\n")
np.savetxt("probability.csv", SVC(probability=True, random_state=0).fit(x, y).predict_proba(query), "%.6g", ",", header="p0,p1,p2", comments="")
decision = np.concatenate([rng.normal(-1, 1, 60), rng.normal(1, 1.5, 40)]).round(4)
positive = np.repeat([0, 1], [60, 40])
a, b = _sigmoid_calibration(decision, positive)
np.savetxt("platt.csv", np.column_stack([decision, positive, np.full(100, a), np.full(100, b)]), "%.9g", ",", header="decision,positive,a,b", comments="")
