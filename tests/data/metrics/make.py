#!/usr/bin/env python3
"""Makes the cases of tests/lib/metrics_test.c with scikit-learn 1.2: CASE.csv (truth, prediction, a probability per class) and
expected.csv (case, classes, positive, metric, value). Run in this folder."""
import csv
import warnings

import numpy as np
from sklearn import metrics as m
from sklearn.preprocessing import label_binarize

warnings.simplefilter("ignore")
rng = np.random.default_rng(7)


def draw(rows, classes, digits=None, weights=None, skill=1.5):
    truth = rng.choice(classes, rows, p=weights)
    score = rng.normal(size=(rows, classes))
    score[np.arange(rows), truth] += skill
    p = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    if digits is not None and classes == 2:
        p[:, 1] = p[:, 1].round(digits)
        p[:, 0] = 1 - p[:, 1]
    elif digits is not None:
        p = p.round(digits)
        p = (p + 1e-3) / (p + 1e-3).sum(axis=1, keepdims=True)
    return truth, p.argmax(axis=1), p


def certain(rows):
    truth = rng.integers(0, 2, rows)
    p1 = np.where(rng.random(rows) < 0.8, truth, 1 - truth).astype(float)
    return truth, p1.astype(int), np.c_[1 - p1, p1]


cases = {  # name: (truth, prediction, probability), positive
    "binary": (draw(400, 2), 1),
    "binary-ties": (draw(300, 2, digits=1), 1),
    "binary-positive-0": (draw(300, 2, digits=1, weights=[0.1, 0.9]), 0),
    "binary-no-positive": (draw(100, 2, digits=2), -1),
    "binary-certain": (certain(60), 1),
    "multi": (draw(400, 4), -1),
    "multi-ties": (draw(200, 3, digits=1, weights=[0.7, 0.2, 0.1]), 2),
}
truth, _, p = draw(80, 2)
cases["never-predicted"] = ((truth, np.zeros(80, int), p), 1)
truth, _, p = draw(80, 3)
cases["class-never-predicted"] = ((truth, np.where(p.argmax(axis=1) == 2, 0, p.argmax(axis=1)), p), -1)
truth, prediction, p = draw(40, 2)
cases["constant-score"] = ((truth, prediction, np.full_like(p, 0.5)), 1)
truth, prediction, p = draw(20, 2)
cases["one-class"] = ((np.zeros(20, int), prediction, p), 1)
truth, prediction, p = draw(30, 2)
cases["perfect"] = ((truth, truth, np.c_[truth == 0, truth == 1].astype(float)), 1)


def expected(truth, prediction, p, positive):
    classes = p.shape[1]
    labels = list(range(classes))
    yield "accuracy", m.accuracy_score(truth, prediction)
    yield "balanced_accuracy", m.balanced_accuracy_score(truth, prediction)
    yield "mcc", m.matthews_corrcoef(truth, prediction)
    for average in ["macro", "weighted"]:
        for name, f in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
            yield f"{name}_{average}", f(truth, prediction, average=average)
    own = [positive] if positive >= 0 else None
    for name, f in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
        yield name, f(truth, prediction, labels=own, average="macro")
    present = sorted(set(truth))
    if classes == 2:
        c = positive if positive >= 0 else 1
        yield "roc_auc", m.roc_auc_score(truth == c, p[:, c]) if len(present) == 2 else float("nan")
        yield "pr_auc", m.average_precision_score(truth == c, p[:, c]) + 0.0
        yield "brier", m.brier_score_loss(truth == c, p[:, c])
    else:
        yield "roc_auc", m.roc_auc_score(truth, p, multi_class="ovr", average="macro")
        onehot = label_binarize(truth, classes=labels)
        yield "pr_auc", m.average_precision_score(onehot, p, average="macro")
        yield "brier", ((p - onehot) ** 2).sum(axis=1).mean()
    yield "log_loss", m.log_loss(truth, p, labels=labels)


with open("expected.csv", "w", newline="") as out:
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["case", "classes", "positive", "metric", "value"])
    for name, ((truth, prediction, p), positive) in cases.items():
        for metric, value in expected(truth, prediction, p, positive):
            table.writerow([name, p.shape[1], positive, metric, repr(float(value))])
        with open(name + ".csv", "w") as rows:
            rows.write("truth,prediction," + ",".join(f"probability_{c}" for c in range(p.shape[1])) + "\n")
            for t, y, row in zip(truth, prediction, p):
                rows.write(f"{t},{y}," + ",".join(repr(float(v)) for v in row) + "\n")
