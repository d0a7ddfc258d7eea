#!/usr/bin/env python3
"""Makes the cases of tests/lib/logistic_test.c with scikit-learn 1.2's newton-cg at tol=1e-12: CASE.csv (columns, then the class) and
expected.csv (data, C, penalty, fit_intercept, balanced, output, feature, coefficient; feature -1 is the intercept). Run in this folder."""
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(3)
x = rng.normal(size=(240, 7)) @ (np.eye(7) + 0.4 * rng.normal(size=(7, 7)))
x[:, 2] = np.sign(x[:, 2])
p = 1 / (1 + np.exp(-(x @ [1, -2, 0.5, 0, 0.3, 0, 0.1] - 1)))
binary = ((x - x.mean(axis=0)) / x.std(axis=0)).round(9), (rng.random(240) < p).astype(int)
iris = load_iris()
multi = ((iris.data - iris.data.mean(axis=0)) / iris.data.std(axis=0)).round(9), iris.target
keep = np.r_[0:50, 50:80, 100:120]
multi = multi[0][keep], multi[1][keep]

with open("expected.csv", "w") as out:
    out.write("data,C,penalty,fit_intercept,balanced,output,feature,coefficient\n")
    for d, (x, y) in enumerate([binary, multi]):
        np.savetxt(["binary.csv", "multi.csv"][d], np.c_[x, y], fmt="%.10g", delimiter=",",
                   header=",".join([f"x{i}" for i in range(x.shape[1])] + ["y"]), comments="")
        for C, penalty, intercept, balanced in [(1, 1, 1, 0), (0.01, 1, 1, 0), (100, 1, 1, 1), (1, 1, 0, 0), (1, 0, 1, 0)]:
            if d == 1 and penalty == 0:
                continue  # iris can be separated: no optimum
            model = LogisticRegression(C=C, penalty="l2" if penalty else None, fit_intercept=bool(intercept), solver="newton-cg", tol=1e-12,
                                       max_iter=10000, class_weight="balanced" if balanced else None).fit(x, y)
            for k, (w, b) in enumerate(zip(model.coef_, np.broadcast_to(model.intercept_, len(model.coef_)))):
                for f, value in [*enumerate(w), (-1, b)]:
                    out.write(f"{d},{C},{penalty},{intercept},{balanced},{k},{f},{float(value)!r}\n")
