#!/usr/bin/env python3
"""Learning and predicting beside scikit-learn and XGBoost: learners.py TOOLS WORK [--reuse] [LINE...]   (sh tests/bench/run learners ...)

Every line is one piece of work. Ours are whole processes, -j 2, the fastest of a few runs; the peer is timed inside Python, its fitting (or
predicting) alone, with two jobs or threads. Wall and processor time are both given: on a machine with other work to do the ratio of the
processor times says more. Prints each line with what is asked for and the least that is accepted, and writes WORK/learners.csv.

--reuse takes what the peers took from WORK/learners-peers.SET.json, where every run leaves it. NETSEC_PHISHING_CSV names the real phishing set;
without it the bundled sample stands in, and the figures are of another size. TOOLS is the folder of the tools."""
import json
import os
import pickle
import subprocess
import sys

import beside
from beside import ROOT, added, fastest, make, most_memory, run, timed

GRIDS = {
    "logistic-regression": {},
    "decision-tree": {"criterion": ["gini", "entropy", "log_loss"]},
    "random-forest": {"n_estimators": [8, 16, 32, 128, 256]},
    "adaboost": {"learning_rate": [0.1, 0.01, 0.001], "n_estimators": [8, 16, 32, 64, 128, 256]},
    "gradient-boosting": {"learning_rate": [0.1, 0.01, 0.05, 0.001], "subsample": [0.6, 0.7, 0.75, 0.85, 0.9], "n_estimators": [8, 16, 32, 64, 128, 256]},
    "svc": {"C": [0.1, 1, 10], "gamma": ["scale", 0.1]},
    "k-neighbors": {"n_neighbors": [3, 5, 7, 9, 11]},
}
FIVE = list(GRIDS)[:5]
HUNDRED = ["n_estimators=100", "max_depth=6", "learning_rate=0.1"]

# name: what it is, what is asked, the least, unit (beside.py)
LINES = {
    "grid-five": ("system 001's whole grid, five ns-fit --cv 3", 120, 60, "times"),
    "gradient-boosting-grid": ("its gradient-boosting grid, 120 candidates x 3 folds", 200, 100, "times"),
    "adaboost-grid": ("its AdaBoost grid, 18 candidates x 3 folds", 100, 50, "times"),
    "random-forest-grid": ("its random-forest grid, 8 ... 256", 15, 8, "times"),
    "make-model": ("make model with these five families, from nothing", 2, 4, "s"),
    "forest-continuous": ("random forest of 100, 200,000 x 30 continuous", 15, 10, "times"),
    "boosting-million": ("gradient boosting, 1,000,000 x 30, 100 trees of depth 6", 2.5, 1.5, "times"),
    "predict-phishing": ("forest of 128 on 1,000,000 phishing vectors", 10, 6, "times"),
    "predict-distinct": ("forest of 128 on 1,000,000 rows that never repeat", 5, 4, "times"),
    "predict-one": ("one row through a cold ns-predict, forest of 128", 3, 10, "ms"),
    "svc-grid": ("svc grid, C x gamma, 6 candidates x 3 folds", 1, 1, "times"),
    "k-neighbors-grid": ("k-neighbors grid, k 3 ... 11, x 3 folds", 20, 10, "times"),
    "memory": ("fit from an Arrow pipe, 10,000,000 x 30: memory of its own", 1000, 1000, "MB"),
}


# --- the peer: runs in a Python of its own ---

def estimator(family):
    from sklearn import ensemble, linear_model, neighbors, svm, tree
    return {
        "logistic-regression": linear_model.LogisticRegression, "decision-tree": tree.DecisionTreeClassifier,
        "random-forest": ensemble.RandomForestClassifier, "adaboost": ensemble.AdaBoostClassifier,
        "gradient-boosting": ensemble.GradientBoostingClassifier, "svc": svm.SVC, "k-neighbors": neighbors.KNeighborsClassifier,
    }[family]()


def peer_grid(family):
    import joblib
    import pandas
    from sklearn.model_selection import GridSearchCV
    train = pandas.read_csv("train.csv")
    x, y = train.drop(columns="Result").to_numpy(float), train["Result"].to_numpy()
    joblib.Parallel(2)(joblib.delayed(abs)(i) for i in range(8))  # its workers are there before the clock runs
    return timed(lambda: GridSearchCV(estimator(family), GRIDS[family], cv=3, scoring="f1", n_jobs=2).fit(x, y))[0]


def raw(name):
    import numpy
    table = numpy.fromfile(name + ".raw").reshape(-1, 31)
    return numpy.ascontiguousarray(table[:, :30]), table[:, 30].astype(int)


def peer_forest_continuous():
    from sklearn.ensemble import RandomForestClassifier
    x, y = raw("continuous-200000")
    return timed(lambda: RandomForestClassifier(100, n_jobs=2, random_state=1).fit(x, y))[0]


def peer_boosting_million():
    import xgboost
    from sklearn.metrics import roc_auc_score
    x, y = raw("continuous-1000000")
    model = xgboost.XGBClassifier(n_estimators=100, max_depth=6, learning_rate=0.1, tree_method="hist", max_bin=255, n_jobs=2)
    took, _ = timed(lambda: model.fit(x, y))
    x, y = raw("continuous-test")
    return {**took, "auc": roc_auc_score(y, model.predict_proba(x)[:, 1])}


def peer_predict(name):
    import pandas
    from sklearn.ensemble import RandomForestClassifier
    train, rows = pandas.read_csv("train.csv"), pandas.read_csv(name + ".csv").to_numpy(float)
    model = RandomForestClassifier(128, n_jobs=2, random_state=1).fit(train.drop(columns="Result").to_numpy(float), train["Result"])
    return timed(lambda: model.predict(rows))[0]


def peer_predict_one():
    import pandas
    from sklearn.ensemble import RandomForestClassifier
    train = pandas.read_csv("train.csv")
    with open("one.pickle", "wb") as out:
        pickle.dump(RandomForestClassifier(128, random_state=1).fit(train.drop(columns="Result").to_numpy(float), train["Result"]), out)
    code = "import pickle, pandas; print(pickle.load(open('one.pickle', 'rb')).predict(pandas.read_csv('one.csv').to_numpy(float)))"
    return run([sys.executable, "-c", code])


def peer(line):
    if line.endswith("-grid"):
        return peer_grid(line[:-5])
    if line.startswith("predict-") and line != "predict-one":
        return peer_predict(line)
    return {"forest-continuous": peer_forest_continuous, "boosting-million": peer_boosting_million, "predict-one": peer_predict_one}[line]()


# --- ours ---

def fit(family, *parameters):
    return ["ns-fit", "-q", "-j", "2", family, *(word for parameter in parameters for word in ("-p", parameter))]


def ours_grid(family):
    grid = [f"{name}={','.join(map(str, values))}" for name, values in GRIDS[family].items()]
    return fastest(3, [*fit(family, *grid), "-t", "Result", "--cv", "3", "train.csv"], stdout="grid.ns")


def ours_make_model():
    with open("models.yaml", "w") as out:
        json.dump({"models": {family: GRIDS[family] for family in FIVE}}, out)  # YAML can be JSON
    tooks = []
    for _ in range(3):
        subprocess.run(["rm", "-rf", "model-out"], check=True)
        tooks.append(run(["make", "-s", "-j", "2", "-f", os.path.join(ROOT, "pipeline.mk"), "model", "DATA=train.csv", "TARGET=Result", "OUT=model-out",
                          "MODELS=models.yaml", "NS_BIN=" + os.environ["NS_BIN"]]))
    return min(tooks, key=lambda took: took["wall"])


def ours_boosting_million():
    took = fastest(2, [*fit("gradient-boosting", *HUNDRED, "max_bins=255"), "-t", "y", "continuous-1000000.arrow"], stdout="million.ns")
    judged = subprocess.run("ns-predict -j 2 million.ns continuous-test.arrow | ns-eval -q -t y --positive 1 --json", shell=True, check=True, stdout=subprocess.PIPE)
    return {**took, "auc": json.loads(judged.stdout)["roc_auc"]}


def ours_memory():
    generator = subprocess.Popen(["continuous", "10000000", "30", "3"], stdout=subprocess.PIPE)
    with generator.stdout:
        took = most_memory([*fit("gradient-boosting", "n_estimators=10", "max_depth=6", "max_bins=255"), "-t", "y"], generator.stdout, "memory.ns")
    if generator.wait():
        raise subprocess.CalledProcessError(generator.returncode, "continuous")
    return took


def ours(line):
    if line == "grid-five":
        return added([ours_grid(family) for family in FIVE])
    if line.endswith("-grid"):
        return ours_grid(line[:-5])
    if line == "forest-continuous":
        return fastest(2, [*fit("random-forest"), "-t", "y", "continuous-200000.arrow"], stdout="forest.ns")
    if line == "predict-one":
        return fastest(20, ["ns-predict", "forest-128.ns", "one.csv"])
    if line.startswith("predict-"):
        return fastest(3, ["ns-predict", "--only", "-j", "2", "forest-128.ns", line + ".arrow"], stdout=line + ".out")
    return {"make-model": ours_make_model, "boosting-million": ours_boosting_million, "memory": ours_memory}[line]()


# --- the data, made once ---

def make_data(lines):
    subprocess.run(["ns-split", "-q", "--test", "0.2", "-t", "Result", "-s", "42", "--rest", "train.csv", beside.phishing()], check=True, stdout=open("test.csv", "wb"))
    for rows, seed in (200000, 1), (1000000, 2):
        if {200000: "forest-continuous", 1000000: "boosting-million"}[rows] in lines:
            make(f"continuous-{rows}.arrow", f"continuous {rows} 30 {seed}")
            make(f"continuous-{rows}.raw", f"continuous {rows} 30 {seed} raw")
    if "boosting-million" in lines:
        make("continuous-test.arrow", "continuous 200000 30 9")
        make("continuous-test.raw", "continuous 200000 30 9 raw")
    if any(line.startswith("predict-") for line in lines):
        subprocess.run([*fit("random-forest", "n_estimators=128"), "-t", "Result", "train.csv"], check=True, stdout=open("forest-128.ns", "wb"))
        subprocess.run("ns-convert -x Result test.csv | head -n 2", shell=True, check=True, stdout=open("one.csv", "wb"))
    random_rows = """awk -F, -v seed=5 'NR == 1 { print; next } { row[NR - 1] = $0 }
        END { srand(seed); for (i = 0; i < 1000000; i++) print row[1 + int(rand() * (NR - 1))] }'"""
    if "predict-phishing" in lines:
        make("predict-phishing.csv", "ns-convert -x Result train.csv | " + random_rows)
    if "predict-distinct" in lines:  # three values in each of 30 columns: of a million rows none comes twice
        make("predict-distinct.csv", """ns-convert -x Result train.csv | awk -F, 'NR == 1 { print; srand(6)
            for (i = 0; i < 1000000; i++) { line = ""; for (c = 1; c <= NF; c++) line = line (c > 1 ? "," : "") int(rand() * 3) - 1; print line }; exit }'""")
    for name in lines:
        if name in ("predict-phishing", "predict-distinct"):
            make(name + ".arrow", f"ns-convert -O arrow {name}.csv")


if __name__ == "__main__":
    sys.exit(beside.main(__file__, LINES, ours, peer, lambda line: "import sklearn, pandas, xgboost", make_data,
                         {"grid-five": [family + "-grid" for family in FIVE]}))
