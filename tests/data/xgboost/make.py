#!/usr/bin/env python3
"""Makes expected.csv for tests/lib/xgboost_test.c with XGBClassifier 1.7: for each case (the parameters in the same order as there), the
probability of class 1 of every twentieth row of ../phishing-sample.csv, trained on all of its rows. Run in this folder."""
import numpy as np
import pandas as pd
import xgboost

CASES = [
    dict(),
    dict(n_estimators=40, max_depth=3, gamma=0.5, min_child_weight=3),
    dict(n_estimators=40, tree_method="hist", grow_policy="lossguide", max_leaves=12),
    dict(n_estimators=40, tree_method="approx", reg_alpha=1, reg_lambda=2, max_delta_step=1),
    dict(n_estimators=40, tree_method="hist", scale_pos_weight=2, base_score=0.3, learning_rate=0.1),
]

assert xgboost.__version__.startswith("1.7")
table = pd.read_csv("../phishing-sample.csv")
x, y = table.drop(columns="Result"), (table.Result == 1).astype(int)
columns = [XGB.predict_proba(x)[::20, 1] for XGB in (xgboost.XGBClassifier(n_jobs=1, **case).fit(x, y) for case in CASES)]
with open("expected.csv", "w") as out:
    out.write(",".join(f"case{i}" for i in range(len(CASES))) + "\n")
    for row in np.array(columns).T:
        out.write(",".join(repr(float(p)) for p in row) + "\n")
