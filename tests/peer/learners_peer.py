#!/usr/bin/env python3
"""Our learners beside scikit-learn's and XGBoost's, like with like on the same files:

    learners_peer.py FOLDER-OF-THE-TOOLS [--families F,F...] [SET...]

phishing    the real set (its path in NETSEC_PHISHING_CSV): ten seeds' splits made by ns-split, ordinary and grouped by identical rows. Both sides learn
            from the same training file and judge the same test file; what counts is the mean of the paired differences. Where chance has
            a say each side takes the mean over some states.
others      breast_cancer, wine, iris, digits, continuous, five-classes, imbalanced, missing: means over splits, ours over six seeds, the peer's for each
            of six random states; what counts is how far ours is below the lowest of the six. Where values are missing both sides
            impute medians; learners that take missing values are tried with them as well, against the same peer.

svc is judged by the peer's probabilities, as ours follow them. The peer's predict() follows its decision function instead, which on
sets of a hundred rows is some 0.002 better.

Prints a table; exit 1 where a figure is more than 0.002 below the peer's. Takes minutes a family; needs scikit-learn (1.2 when it was
written), pandas and xgboost."""
import argparse
import io
import os
import subprocess
import sys
import tempfile

import numpy
import pandas
from sklearn import datasets, ensemble, neighbors, svm
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

SEEDS, STATES, MARGIN = range(10), 6, 0.002
below = []


class XGBoost:
    """Takes any labels."""
    def __init__(self, state):
        self.state = state

    def get_params(self, deep=True):
        return {"state": self.state}

    def fit(self, x, y):
        from xgboost import XGBClassifier
        self.labels = LabelEncoder().fit(y)
        self.model = XGBClassifier(random_state=self.state, n_jobs=2).fit(x, self.labels.transform(y))
        return self

    def predict(self, x):
        return self.labels.inverse_transform(self.model.predict(x))


class ByProbability(svm.SVC):
    """Ours predicts by the probabilities, whatever the learner; scikit-learn's predict() takes the side of the plane instead."""
    def predict(self, x):
        return self.classes_[self.predict_proba(x).argmax(axis=1)]


class Learner:
    """ours: words behind ns-fit; peer: makes the estimator of a random state; states: on how many of them it is tried, where chance has a say."""
    def __init__(self, ours, peer, states=1, scaled=False, missing=False):
        self.ours, self.peer, self.states, self.scaled, self.missing = ours, peer, states, scaled, missing


def boosted(**more):
    return lambda state: ensemble.GradientBoostingClassifier(random_state=state, **more)


LEARNERS = {
    "logistic-regression": Learner([], lambda state: LogisticRegression(max_iter=10000), scaled=True),
    "decision-tree": Learner([], lambda state: DecisionTreeClassifier(random_state=state), STATES, missing=True),
    "random-forest": Learner([], lambda state: ensemble.RandomForestClassifier(random_state=state, n_jobs=2), 3, missing=True),
    "extra-trees": Learner([], lambda state: ensemble.ExtraTreesClassifier(random_state=state, n_jobs=2), 3, missing=True),
    "gradient-boosting": Learner([], boosted(), missing=True),
    "gradient-boosting subsample=0.7": Learner([], boosted(subsample=0.7), 3, missing=True),
    "adaboost": Learner([], lambda state: ensemble.AdaBoostClassifier(random_state=state), missing=True),
    "adaboost algorithm=SAMME": Learner([], lambda state: ensemble.AdaBoostClassifier(random_state=state, algorithm="SAMME"), missing=True),
    "k-neighbors": Learner([], lambda state: neighbors.KNeighborsClassifier(), scaled=True),
    "k-neighbors weights=distance": Learner([], lambda state: neighbors.KNeighborsClassifier(weights="distance"), scaled=True),
    "svc": Learner([], lambda state: ByProbability(probability=True, random_state=state), scaled=True),
    "svc kernel=linear": Learner([], lambda state: ByProbability(kernel="linear", probability=True, random_state=state), scaled=True),
    "svc kernel=poly": Learner([], lambda state: ByProbability(kernel="poly", probability=True, random_state=state), scaled=True),
    "xgboost": Learner([], XGBoost, missing=True),
}
for name, learner in LEARNERS.items():
    family, *parameters = name.split()
    learner.ours = [family, *(word for parameter in parameters for word in ("-p", parameter))]


def tool(name, *arguments):
    return subprocess.run([os.path.join(given.tools, name), "-q", *arguments], stdout=subprocess.PIPE, check=True).stdout


def store(path, data):
    with open(path, "wb") as out:
        out.write(data)


def report(what, figure, ours, peer, difference):
    bad = bool(difference < -MARGIN)
    if bad:
        below.append(f"{what}, {figure}: {difference:+.4f}")
    print(f"{what:52} {figure:14} {ours:.4f}  {peer:.4f}  {difference:+.4f}{'  BELOW' if bad else ''}", flush=True)


# --- the real set ---

def phishing_figures(truth, prediction):
    legitimate, phishing = (f1_score(truth, prediction, pos_label=label) for label in (1, -1))
    return {"f1 phishing": phishing, "f1 legitimate": legitimate, "accuracy": accuracy_score(truth, prediction)}


def predict_ours(words, target, seed):
    store("model.ns", tool("ns-fit", *words, "-t", target, "-s", str(seed), "train.csv"))
    return pandas.read_csv(io.BytesIO(tool("ns-predict", "--only", "model.ns", "test.csv")))["prediction"]


def compare_phishing(path, learners):
    for grouping in [], ["--group-identical"]:
        figures = {}
        for seed in SEEDS:
            store("test.csv", tool("ns-split", "--test", "0.2", "-s", str(seed), "-t", "Result", "--rest", "train.csv", *grouping, path))
            train, test = pandas.read_csv("train.csv"), pandas.read_csv("test.csv")
            for name, learner in learners.items():
                for state in range(seed, seed + learner.states):
                    ours = phishing_figures(test["Result"], predict_ours(learner.ours, "Result", state))
                    fitted = learner.peer(state).fit(train.drop(columns="Result").to_numpy(float), train["Result"].to_numpy())
                    theirs = phishing_figures(test["Result"], fitted.predict(test.drop(columns="Result").to_numpy(float)))
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
    for name in "breast_cancer", "wine", "iris", "digits":
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


def figures_of(truth, prediction):
    return numpy.array([f1_score(truth, prediction, average="macro"), accuracy_score(truth, prediction)])


def peer_of(learner, state):
    steps = [SimpleImputer(strategy="median")] + ([StandardScaler()] if learner.scaled else [])
    return make_pipeline(*steps, learner.peer(state))


def compare_set(name, x, y, learners):
    columns = [f"x{i}" for i in range(x.shape[1])]
    ways = [(learner_name, learner, False) for learner_name, learner in learners.items()]
    if numpy.isnan(x).any():
        ways += [(learner_name + " (as they are)", learner, True) for learner_name, learner in learners.items() if learner.missing]
    ours = {way: numpy.zeros((STATES, 2)) for way, *_ in ways}
    peer = {learner_name: numpy.zeros((STATES, 2)) for learner_name in learners}
    splits = 5 if len(y) >= 1000 else 20  # equally good splits of small sets are many, and which is taken is worth a row or two
    for train, test in StratifiedShuffleSplit(splits, test_size=0.25, random_state=7).split(x, y):
        for rows, path in (train, "train.csv"), (test, "test.csv"):
            pandas.DataFrame(x[rows], columns=columns).assign(y=y[rows]).to_csv(path, index=False)
        learn_stages("train.csv")
        for state in range(STATES):
            for way, learner, as_they_are in ways:
                stages = [] if as_they_are else ["-m", "scaled.ns" if learner.scaled else "impute.ns"]
                ours[way][state] += figures_of(y[test], predict_ours([*learner.ours, *stages], "y", state)) / splits
            for learner_name, learner in learners.items():
                fitted = peer_of(learner, state).fit(x[train], y[train])
                peer[learner_name][state] += figures_of(y[test], fitted.predict(x[test])) / splits
    for way, *_ in ways:
        for i, figure in enumerate(("f1 macro", "accuracy")):
            mean, means = ours[way][:, i].mean(), peer[way.replace(" (as they are)", "")][:, i]
            report(f"{name} {way}", figure, mean, means.mean(), mean - means.min())


def main():
    path = os.environ.get("NETSEC_PHISHING_CSV")
    path = path and os.path.abspath(path)
    learners = {name: learner for name, learner in LEARNERS.items() if not given.families or learner.ours[0] in given.families.split(",")}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        print(f"{'':52} {'':14} ours    peer    difference (others: from the lowest of the peer's six means)")
        if "phishing" in given.sets or not given.sets:
            if path:
                compare_phishing(path, learners)
            else:
                print("phishing: left out, NETSEC_PHISHING_CSV does not name the real set")
        for name, x, y in sets():
            if name in given.sets or not given.sets:
                compare_set(name, x, y, learners)
        os.chdir("/")
    print("\n".join(["below the peer:", *below]) if below else "nothing is below the peer")
    return bool(below)


parser = argparse.ArgumentParser()
parser.add_argument("tools", type=os.path.abspath)
parser.add_argument("sets", nargs="*")
parser.add_argument("--families")
given = parser.parse_intermixed_args()
sys.exit(main())
