#!/usr/bin/env python3
"""Our learners beside scikit-learn's, on the same files: learners_peer.py FOLDER-OF-THE-TOOLS [SET...]

phishing    the real set (its path in NETSEC_PHISHING_CSV): ten seeds' splits made by ns-split, ordinary and grouped by identical rows. Both sides learn
            from the same training file and judge the same test file; what counts is the mean of the paired differences. Single trees differ
            much from state to state, so each side takes the mean over six.
others      continuous, multi-class, imbalanced and incomplete sets: means over splits, ours over six seeds, scikit-learn's for each
            of six random states; what counts is how far ours is below the lowest of the six.

Prints a table; exit 1 where a figure is more than 0.002 below the peer's. Takes some minutes; needs scikit-learn (1.2 when it was written) and pandas."""
import io
import os
import subprocess
import sys
import tempfile

import numpy
import pandas
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

TOOLS, WANTED = os.path.abspath(sys.argv[1]), sys.argv[2:]
SEEDS, STATES, SPLITS, MARGIN = range(10), range(6), 5, 0.002
failed = False


def tool(name, *arguments):
    return subprocess.run([os.path.join(TOOLS, name), "-q", *arguments], stdout=subprocess.PIPE, check=True).stdout


def store(path, data):
    with open(path, "wb") as out:
        out.write(data)


def report(what, figure, ours, peer, difference):
    global failed
    bad = bool(difference < -MARGIN)
    failed |= bad
    print(f"{what:44} {figure:14} {ours:.4f}  {peer:.4f}  {difference:+.4f}{'  BELOW' if bad else ''}", flush=True)


# --- the real set ---

PHISHING = {
    "random-forest 256": (["random-forest", "-p", "n_estimators=256"], 1, lambda state: RandomForestClassifier(256, random_state=state, n_jobs=-1)),
    "decision-tree": (["decision-tree"], len(STATES), lambda state: DecisionTreeClassifier(random_state=state)),
    "logistic-regression": (["logistic-regression"], 1, lambda state: LogisticRegression(max_iter=10000)),
}


def phishing_figures(truth, prediction):
    legitimate, phishing = (f1_score(truth, prediction, pos_label=label) for label in (1, -1))
    return {"f1 phishing": phishing, "f1 legitimate": legitimate, "accuracy": accuracy_score(truth, prediction)}


def predict_ours(learner, target, seed):
    store("model.ns", tool("ns-fit", *learner, "-t", target, "-s", str(seed), "train.csv"))
    return pandas.read_csv(io.BytesIO(tool("ns-predict", "--only", "model.ns", "test.csv")))["prediction"]


def compare_phishing(path):
    for grouping in [], ["--group-identical"]:
        figures = {}
        for seed in SEEDS:
            store("test.csv", tool("ns-split", "--test", "0.2", "-s", str(seed), "-t", "Result", "--rest", "train.csv", *grouping, path))
            train, test = pandas.read_csv("train.csv"), pandas.read_csv("test.csv")
            for name, (learner, states, peer) in PHISHING.items():
                for state in range(seed, seed + states):
                    ours = phishing_figures(test["Result"], predict_ours(learner, "Result", state))
                    fitted = peer(state).fit(train.drop(columns="Result"), train["Result"])
                    theirs = phishing_figures(test["Result"], fitted.predict(test.drop(columns="Result")))
                    for figure in ours:
                        figures.setdefault((name, figure), []).append((ours[figure], theirs[figure]))
        for (name, figure), pairs in figures.items():
            ours, theirs = numpy.mean(pairs, axis=0)
            report(f"phishing {'grouped' if grouping else 'ordinary'} {name}", figure, ours, theirs, ours - theirs)


# --- other sets ---

def incomplete(x, share):
    x = x.copy()
    x[numpy.random.RandomState(5).random_sample(x.shape) < share] = numpy.nan
    return x


def made(**options):
    return datasets.make_classification(random_state=3, **options)


def sets():
    for name in "breast_cancer", "wine", "digits":
        data = getattr(datasets, "load_" + name)()
        yield name, data.data, data.target
    yield "continuous", *made(n_samples=2000, n_features=20, n_informative=8)
    yield "five-classes", *made(n_samples=2000, n_features=15, n_informative=10, n_classes=5)
    yield "imbalanced", *made(n_samples=3000, n_features=20, n_informative=6, weights=[0.95])
    x, y = made(n_samples=2000, n_features=12, n_informative=8, n_classes=3)
    yield "missing", incomplete(x, 0.15), y


def learn_stages(train):
    """impute.ns and, with the scaling behind it, scaled.ns."""
    store("imputed.arrow", tool("ns-impute", "-t", "y", "-w", "impute.ns", "-O", "arrow", train))
    tool("ns-scale", "-t", "y", "-w", "scale.ns", "imputed.arrow")
    store("scaled.ns", b"".join(open(name, "rb").read() for name in ("impute.ns", "scale.ns")))


OTHERS = {
    "random-forest 100": (["random-forest"], lambda state: RandomForestClassifier(random_state=state, n_jobs=-1)),
    "decision-tree": (["decision-tree"], lambda state: DecisionTreeClassifier(random_state=state)),
    "logistic-regression": (["logistic-regression"], lambda state: make_pipeline(StandardScaler(), LogisticRegression(max_iter=10000))),
}


def figures_of(truth, prediction):
    return numpy.array([f1_score(truth, prediction, average="macro"), accuracy_score(truth, prediction)])


def compare_set(name, x, y):
    columns = [f"x{i}" for i in range(x.shape[1])]
    splits = list(StratifiedShuffleSplit(SPLITS, test_size=0.25, random_state=7).split(x, y))
    ours = {learner: numpy.zeros((len(STATES), 2)) for learner in OTHERS}
    peer = {learner: numpy.zeros((len(STATES), 2)) for learner in OTHERS}
    for train, test in splits:
        for rows, path in (train, "train.csv"), (test, "test.csv"):
            pandas.DataFrame(x[rows], columns=columns).assign(y=y[rows]).to_csv(path, index=False)
        learn_stages("train.csv")
        for learner, (call, make) in OTHERS.items():
            for state in STATES:
                call_all = [*call, "-m", "scaled.ns" if call[0] == "logistic-regression" else "impute.ns"]
                ours[learner][state] += figures_of(y[test], predict_ours(call_all, "y", state)) / SPLITS
                fitted = make_pipeline(SimpleImputer(strategy="median"), make(state)).fit(x[train], y[train])
                peer[learner][state] += figures_of(y[test], fitted.predict(x[test])) / SPLITS
    for learner in OTHERS:
        for i, figure in enumerate(("f1 macro", "accuracy")):
            mean, means = ours[learner][:, i].mean(), peer[learner][:, i]
            report(f"{name} {learner}", figure, mean, means.mean(), mean - means.min())


def main():
    path = os.environ.get("NETSEC_PHISHING_CSV")
    path = path and os.path.abspath(path)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        print(f"{'':44} {'':14} ours    peer    difference (others: from the lowest of the peer's six means)")
        if "phishing" in WANTED or not WANTED:
            if path:
                compare_phishing(path)
            else:
                print("phishing: left out, NETSEC_PHISHING_CSV does not name the real set")
        for name, x, y in sets():
            if name in WANTED or not WANTED:
                compare_set(name, x, y)
        os.chdir("/")
    return failed


sys.exit(main())
