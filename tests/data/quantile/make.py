#!/usr/bin/env python3
"""Makes the cases of tests/lib/quantile_test.c: values.csv (a column each) and expected.csv (column, what, argument, value), with
numpy's quantile and median, math.fsum and scikit-learn's StandardScaler. Run in this folder."""
import math

import numpy as np
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(11)
rows = 501
columns = np.c_[
    rng.normal(size=rows),
    1e9 + rng.normal(size=rows),
    rng.integers(-1, 2, rows),
    rng.normal(size=rows) * 10.0 ** rng.integers(-300, 300, rows),
    np.exp(rng.normal(size=rows) * 4),
]
with open("values.csv", "w") as out:
    out.write(",".join("abcde") + "\n")
    for row in columns:
        out.write(",".join(repr(float(v)) for v in row) + "\n")
with open("expected.csv", "w") as out:
    out.write("column,what,argument,value\n")
    for i, values in enumerate(columns.T):
        for q in [0, 0.01, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.999, 1]:
            out.write(f"{i},0,{q!r},{float(np.quantile(values, q))!r}\n")
        out.write(f"{i},1,0,{float(np.median(values))!r}\n")
        out.write(f"{i},1,1,{float(np.median(values[:-1]))!r}\n")  # an even number of them
        out.write(f"{i},2,0,{math.fsum(values)!r}\n")
        if i != 3:
            scaler = StandardScaler().fit(values[:, None])
            out.write(f"{i},3,0,{float(scaler.mean_[0])!r}\n")
            out.write(f"{i},4,0,{float(scaler.var_[0])!r}\n")
