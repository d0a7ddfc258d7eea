#!/usr/bin/env python3
"""Learning and predicting beside scikit-learn and XGBoost: learners.py TOOLS WORK [--reuse] [LINE...]   (sh tests/bench/run learners ...)

Every line is one piece of work. Ours are whole processes, -j 2, the fastest of a few runs; the peer is timed inside Python, its fitting (or
predicting) alone, with two jobs or threads. Wall and processor time are both given: on a machine with other work to do the ratio of the
processor times says more. Prints each line with what is asked for and the least that is accepted, and writes WORK/learners.csv.

--reuse takes what the peers took from WORK/learners-peers.SET.json, where every run leaves it. NETSEC_PHISHING_CSV names the real phishing set;
without it the bundled sample stands in, and the figures are of another size. TOOLS is the folder of the tools."""
import csv
import json
import os
import pickle
import resource
import subprocess
import sys
import time

PEERS = "learners-peers.%s.json" % ("real" if os.environ.get("NETSEC_PHISHING_CSV") else "sample")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
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

# name: what it is, what is asked, the least, "times" faster than the peer or "ms", "s", "MB" at most
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


def processor_time():
    """Of this process and of those it started, which joblib keeps."""
    total, me, tick = time.process_time(), str(os.getpid()), os.sysconf("SC_CLK_TCK")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[1] == me:
            total += (int(fields[11]) + int(fields[12])) / tick
    return total


def timed(work):
    wall, cpu = time.perf_counter(), processor_time()
    result = work()
    return {"wall": time.perf_counter() - wall, "cpu": processor_time() - cpu}, result


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

def children_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, stdout=os.devnull):
    """Wall and processor time of a command and all it started."""
    with open(stdout, "wb") as out, open("stderr.txt", "wb") as said:
        begun, before = time.perf_counter(), children_time()
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=said, check=True)
        return {"wall": time.perf_counter() - begun, "cpu": children_time() - before}


def fastest(runs, command, stdout=os.devnull):
    return min((run(command, stdout) for _ in range(runs)), key=lambda took: took["wall"])


def added(tooks):
    return {key: sum(took[key] for took in tooks) for key in ("wall", "cpu")}


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
                          "MODELS=models.yaml", "NS_BIN=" + TOOLS]))
    return min(tooks, key=lambda took: took["wall"])


def ours_boosting_million():
    took = fastest(2, [*fit("gradient-boosting", *HUNDRED, "max_bins=255"), "-t", "y", "continuous-1000000.arrow"], stdout="million.ns")
    judged = subprocess.run("ns-predict -j 2 million.ns continuous-test.arrow | ns-eval -q -t y --positive 1 --json", shell=True, check=True, stdout=subprocess.PIPE)
    return {**took, "auc": json.loads(judged.stdout)["roc_auc"]}


def ours_memory():
    """The largest amount that no file backs, sampled; it begins before the first row and ends with the model."""
    generator = subprocess.Popen(["continuous", "10000000", "30", "3"], stdout=subprocess.PIPE)
    begun, before, most = time.perf_counter(), children_time(), 0
    with open("memory.ns", "wb") as out:
        fitting = subprocess.Popen([*fit("gradient-boosting", "n_estimators=10", "max_depth=6", "max_bins=255"), "-t", "y"], stdin=generator.stdout, stdout=out)
    generator.stdout.close()
    while fitting.poll() is None:
        try:
            most = max([most] + [int(line.split()[1]) for line in open(f"/proc/{fitting.pid}/status") if line.startswith("RssAnon")])
        except OSError:
            pass
        time.sleep(0.02)
    if fitting.returncode or generator.wait():
        raise subprocess.CalledProcessError(fitting.returncode, "ns-fit")
    return {"wall": time.perf_counter() - begun, "cpu": children_time() - before, "megabytes": most * 1024 / 1e6}


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

def make(name, command, **more):
    if not os.path.exists(name):
        subprocess.run(command, shell=True, check=True, stdout=open(name + ".part", "wb"), **more)
        os.rename(name + ".part", name)


def make_data(lines):
    real = os.environ.get("NETSEC_PHISHING_CSV")
    if not real:
        print("the real phishing set is not here (NETSEC_PHISHING_CSV): its lines are about the bundled sample of 2,000 rows")
    source = os.path.abspath(real) if real else os.path.join(ROOT, "tests/data/phishing-sample.csv")
    subprocess.run(["ns-split", "-q", "--test", "0.2", "-t", "Result", "-s", "42", "--rest", "train.csv", source], check=True, stdout=open("test.csv", "wb"))
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


# --- side by side ---

def find_python():
    for python in os.environ.get("NETSEC_PYTHON"), os.path.join(ROOT, "build/peer-venv/bin/python"), "/usr/bin/python3":
        if python and os.path.exists(python) and subprocess.run([python, "-c", "import sklearn, pandas, xgboost"], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


def peer_took(line, python, known, fresh):
    """What the peer took, measured unless it is fresh; None where there is no peer."""
    if line in LINES and LINES[line][3] in ("s", "MB"):
        return None
    if line == "grid-five":
        tooks = [peer_took(family + "-grid", python, known, fresh) for family in FIVE]
        return added(tooks) if all(tooks) else None
    if line not in fresh and python:
        done = subprocess.run([python, __file__, "peer", line], check=True, stdout=subprocess.PIPE)
        known[line] = json.loads(done.stdout.splitlines()[-1])
        fresh.add(line)
    return known.get(line)


def compare(line, mine, theirs):
    what, ask, least, unit = LINES[line]
    row = {"line": line, "what": what, "wall": mine["wall"], "cpu": mine["cpu"], "peer_wall": theirs and theirs["wall"], "peer_cpu": theirs and theirs["cpu"],
           "ask": ask, "least": least, "unit": unit, "remark": ""}
    if unit == "times":
        row["wall_ratio"], row["cpu_ratio"] = (theirs["wall"] / mine["wall"], theirs["cpu"] / max(mine["cpu"], 0.001)) if theirs else (None, None)
        found, better = row["wall_ratio"], lambda bound: row["wall_ratio"] >= bound
    else:
        found = {"ms": mine["wall"] * 1000, "s": mine["wall"], "MB": mine.get("megabytes")}[unit]
        better = lambda bound: found <= bound
        row["wall_ratio"] = found
    row["verdict"] = "" if found is None else "as asked" if better(ask) else "least" if better(least) else "BELOW"
    if "auc" in mine and theirs:
        row["remark"] = f"AUC {mine['auc']:.5f}, peer {theirs['auc']:.5f}{'' if mine['auc'] >= theirs['auc'] - 0.001 else ': BELOW'}"
    return row


def show(row):
    def number(value, form):
        return "-" if value is None else format(value, form)
    figure = number(row["wall_ratio"], ".1f") + {"times": "x", "ms": " ms", "s": " s", "MB": " MB"}[row["unit"]]
    cpu = number(row.get("cpu_ratio"), ".1f") + ("x" if row["unit"] == "times" else "")
    print(f"{row['line']:24} {number(row['wall'], '.3f'):>8} {number(row['cpu'], '.3f'):>8} {number(row['peer_wall'], '.2f'):>8} {number(row['peer_cpu'], '.2f'):>8} "
          f"{figure:>10} {cpu:>8} {row['ask']:>6} {row['least']:>6}  {row['verdict']} {row['remark']}", flush=True)


def store_peers(known):
    """Beside those of earlier runs."""
    earlier = {}
    if os.path.exists(PEERS):
        with open(PEERS) as given:
            earlier = json.load(given)
    with open(PEERS, "w") as out:
        json.dump({**earlier, **known}, out, indent=1)


def main(reuse, lines):
    unknown = [line for line in lines if line not in LINES]
    if unknown:
        print(f"learners: no line '{unknown[0]}'; there are: {' '.join(LINES)}", file=sys.stderr)
        return 2
    python, known, rows, failed = find_python(), {}, [], 0
    if reuse and os.path.exists(PEERS):
        with open(PEERS) as given:
            known = json.load(given)
    fresh = set(known)
    if not python:
        print("no Python with scikit-learn, pandas and xgboost (NETSEC_PYTHON): no peers" + (" but what --reuse finds" if known else ""))
    make_data(lines)
    print(f"{'line':24} {'wall s':>8} {'cpu s':>8} {'peer':>8} {'its cpu':>8} {'ratio':>10} {'of cpu':>8} {'ask':>6} {'least':>6}")
    for line in lines:
        try:
            rows.append(compare(line, ours(line), peer_took(line, python, known, fresh)))
            show(rows[-1])
        except subprocess.CalledProcessError as error:
            failed = 1
            print(f"{line:24} failed: {error.cmd} (stderr.txt in build/bench)", flush=True)
        store_peers(known)
    with open("learners.csv", "w", newline="") as out:
        table = csv.DictWriter(out, ["line", "what", "wall", "cpu", "peer_wall", "peer_cpu", "wall_ratio", "cpu_ratio", "ask", "least", "unit", "verdict", "remark"], restval="")
        table.writeheader()
        table.writerows(rows)
    return failed


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[0] == "peer":
        print(json.dumps(peer(arguments[1])))
        sys.exit(0)
    again = "--reuse" in arguments
    arguments = [word for word in arguments if word != "--reuse"]
    __file__ = os.path.abspath(__file__)
    TOOLS = os.path.abspath(arguments[0])
    os.environ["PATH"] = TOOLS + ":" + os.path.join(TOOLS, "bench") + ":" + os.environ["PATH"]
    os.makedirs(arguments[1], exist_ok=True)
    os.chdir(arguments[1])
    sys.exit(main(again, arguments[2:] or list(LINES)))
