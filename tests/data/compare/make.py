#!/usr/bin/env python3
"""What tests/lib/{compare,bootstrap}_test.c and tests/ns-eval.bats hold ns-eval --compare against, from scikit-learn 1.2 and SciPy 1.10:

tails.csv      x, the chance that chi-square with one degree of freedom exceeds it
mcnemar.csv    first_only, this_only, statistic, p: scipy.stats.binomtest below 25, chi2.sf with continuity correction from there on,
               which are the formulas of statsmodels.stats.contingency_tables.mcnemar
a.csv b.csv    two models' predictions of the same rows
intervals.csv  of, metric, lower, upper, spread: 95 % percentile intervals of a's metrics and of b's less a's, from 20,000 resamples drawn by
               numpy and measured by scikit-learn; spread is their standard deviation over resamples

Run in this folder; it takes some minutes."""
import csv

import numpy as np
from scipy import stats
from sklearn import metrics as m

ROWS, RESAMPLES = 500, 20000
rng = np.random.default_rng(11)


def store(path, header, rows):
    with open(path, "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def mcnemar(first, this):
    if first + this < 25:
        return min(first, this), stats.binomtest(first, first + this).pvalue if first + this else 1.0
    statistic = (abs(first - this) - 1) ** 2 / (first + this)
    return statistic, stats.chi2.sf(statistic, 1)


def draw(truth, skill):
    logit = rng.normal((2 * truth - 1) * skill / 2, 1.5)
    p = (1 / (1 + np.exp(-logit))).round(3)
    return np.where(p >= 0.5, 1, -1), p


def measure(truth, prediction, p, weight):
    positive = truth == 1
    return [m.accuracy_score(truth, prediction, sample_weight=weight), m.f1_score(truth, prediction, sample_weight=weight),
            m.matthews_corrcoef(truth, prediction, sample_weight=weight), m.roc_auc_score(positive, p, sample_weight=weight),
            m.average_precision_score(positive, p, sample_weight=weight), m.log_loss(positive, p, sample_weight=weight),
            m.brier_score_loss(positive, p, sample_weight=weight)]


store("tails.csv", ["x", "p"], [(repr(float(x)), repr(float(stats.chi2.sf(x, 1)))) for x in
                                [0, 1e-12, 1e-4, 0.04, 0.25, 1, 2, 2.9999, 3, 3.0001, 3.841458820694124, 5, 9, 15.5, 40, 93.9, 400, 1400]])
pairs = [(0, 0), (1, 0), (0, 1), (3, 3), (0, 5), (5, 1), (10, 14), (24, 0), (12, 12), (25, 0), (13, 12), (30, 30), (52, 18), (40, 187), (5000, 4800)]
store("mcnemar.csv", ["first_only", "this_only", "statistic", "p"], [(*pair, *(repr(float(v)) for v in mcnemar(*pair))) for pair in pairs])

truth = np.where(rng.random(ROWS) < 0.3, 1, -1)
models = [draw(truth, skill) for skill in (2.5, 2.0)]
for name, (prediction, p) in zip("ab", models):
    store(name + ".csv", ["truth", "prediction", "probability_1"], zip(truth, prediction, (repr(float(v)) for v in p)))
values = np.empty((RESAMPLES, 2, 7))
for r in range(RESAMPLES):
    weight = rng.multinomial(ROWS, np.full(ROWS, 1 / ROWS))
    for i, (prediction, p) in enumerate(models):
        values[r, i] = measure(truth, prediction, p, weight)
rows = []
for of, sample in ("a", values[:, 0]), ("difference", values[:, 1] - values[:, 0]):
    for i, metric in enumerate(["accuracy", "f1", "mcc", "roc_auc", "pr_auc", "log_loss", "brier"]):
        lower, upper = np.quantile(sample[:, i], [0.025, 0.975])
        rows.append((of, metric, *(repr(float(v)) for v in (lower, upper, sample[:, i].std()))))
store("intervals.csv", ["of", "metric", "lower", "upper", "spread"], rows)
