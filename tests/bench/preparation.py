#!/usr/bin/env python3
"""Preparing beside scikit-learn, imbalanced-learn, pandas and cat: preparation.py TOOLS WORK [--reuse] [LINE...]   (sh tests/bench/run preparation ...)

Every line is one piece of work, and both sides are whole processes with two threads. Ours read and write tables, the fastest of a few runs;
a peer starts Python and loads an array, and what its work alone takes is said behind the line. Where the peer is `cat`, it stands in
our place in the same pipe, in the same minute. Wall and processor time are both given: on a machine with other work to do the ratio of the
processor times says more. Prints each line with what is asked for and the least that is accepted, and writes WORK/preparation.csv.

--reuse takes what the peers took from WORK/preparation-peers.SET.json, where every run leaves it. NETSEC_PHISHING_CSV names the real phishing
set; without it the bundled sample stands in, and the figures are of another size. TOOLS is the folder of the tools."""
import os
import subprocess
import sys

import beside
from beside import fastest, make, most_memory, timed

# name: what it is, what is asked, the least, unit (beside.py)
LINES = {
    "knn-phishing": ("KNN imputation, 3 neighbours, phishing with 10 % of the cells gone, fit and transform", 200, 50, "times"),
    "knn-continuous": ("KNN imputation, 100,000 x 30 continuous, 10 % gone: memory of its own", 500, 1000, "MB"),
    "smote": ("SMOTE, 200,000 x 30 at 1:20, 5 neighbours, from an array into one, ours Arrow", 20, 20, "times"),
    "smote-csv": ("the same from CSV to CSV, which goes to /dev/null", 20, 20, "times"),
    "smote-tomek": ("SMOTETomek, 20,000 x 30 at 1:20", 20, 10, "times"),
    "scale-stream": ("scaling 10,000,000 x 30, Arrow, beside cat in the same pipe", 0.5, 0.5, "times"),
    "encode-stream": ("one-hot of 4 text columns of 30, 10,000,000 rows, Arrow, beside cat", 0.5, 0.5, "times"),
    "derive": ("5 expressions over 1,000,000 x 30, Arrow", 1, 0.5, "times"),
    "target": ("target encoding, 5 folds, 1,000,000 rows of 4 columns with 1,000 categories, fit and transform", 5, 2, "times"),
    "indicator": ("median and missing flags, 1,000,000 x 30, 10 % gone, fit and transform", 1, 0.5, "times"),
}
# NAME = EXPRESSION, and what pandas makes of it
DERIVED = [("r = x1 / (x2 + 1)", lambda t: t.x1 / (t.x2 + 1)), ("l = log1p(abs(x4))", lambda t: np().log1p(t.x4.abs())),
           ("c = x3 > 0.5 and x5 < 0", lambda t: ((t.x3 > 0.5) & (t.x5 < 0)).astype(float)), ("p = x6 * x7 - x8 ^ 2", lambda t: t.x6 * t.x7 - t.x8 ** 2),
           ("i = if(x9 < 0, -x9, x10)", lambda t: np().where(t.x9 < 0, -t.x9, t.x10))]
STREAM_PARTS = 50  # of 200,000 rows: tables of the same columns, one behind the other, are one table


# --- the peer: runs in a Python of its own ---

def np():
    import numpy
    return numpy


def arrays(name, label, kind=float):
    """Features and label; what was read from CSV once is kept as NumPy has it."""
    if not os.path.exists(name + ".x.npy"):
        import pandas
        rows = pandas.read_csv(name + ".csv")
        np().save(name + ".y.npy", rows[label].to_numpy(int))
        np().save(name + ".x.npy", rows.drop(columns=label).to_numpy(kind))
    return np().load(name + ".x.npy"), np().load(name + ".y.npy")


def peer_knn():
    from sklearn.impute import KNNImputer
    x, _ = arrays("holes", "Result")
    return timed(lambda: KNNImputer(n_neighbors=3).fit_transform(x))[0]


def peer_smote(method, name):
    from imblearn import combine, over_sampling
    from sklearn.neighbors import NearestNeighbors
    x, y = arrays(name, "y")
    smote = over_sampling.SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6, n_jobs=2), random_state=1)
    sampler = smote if method == "smote" else combine.SMOTETomek(smote=smote, n_jobs=2, random_state=1)
    return timed(lambda: sampler.fit_resample(x, y))[0]


def peer_smote_csv():
    import pandas
    from imblearn import over_sampling
    from sklearn.neighbors import NearestNeighbors

    def work():
        rows = pandas.read_csv("one-to-twenty.csv")
        smote = over_sampling.SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6, n_jobs=2), random_state=1)
        x, y = smote.fit_resample(rows.drop(columns="y"), rows.y)
        x.assign(y=y).to_csv("/dev/null", index=False)
    return timed(work)[0]


def peer_derive():
    import pandas
    x, _ = arrays("million", "y")
    rows = pandas.DataFrame(x, columns=[f"x{i + 1}" for i in range(30)])
    return timed(lambda: rows.assign(**{text.split(" ")[0]: work(rows) for text, work in DERIVED}))[0]


def peer_target():
    from sklearn.preprocessing import TargetEncoder
    x, y = arrays("categories", "y", "U4")
    return timed(lambda: TargetEncoder(cv=5, smooth="auto", random_state=1).fit_transform(x, y))[0]


def peer_indicator():
    from sklearn.impute import SimpleImputer
    x, _ = arrays("million-holes", "y")
    return timed(lambda: SimpleImputer(strategy="median", add_indicator=True).fit_transform(x))[0]


def peer(line):
    return {"knn-phishing": peer_knn, "smote": lambda: peer_smote("smote", "one-to-twenty"), "smote-csv": peer_smote_csv, "smote-tomek": lambda: peer_smote("smote-tomek", "one-to-twenty-small"),
            "derive": peer_derive, "target": peer_target, "indicator": peer_indicator}[line]()


def needs(line):
    return {"smote": "import imblearn, pandas", "smote-csv": "import imblearn, pandas", "smote-tomek": "import imblearn, pandas", "derive": "import pandas",
            "target": "import pandas; from sklearn.preprocessing import TargetEncoder"}.get(line, "import sklearn, pandas")


# --- ours ---

def beside_cat(tool, name):
    """The tool in a pipe between the stream and what counts its bytes, and cat in its place, by turns."""
    feed = f"for i in $(seq {STREAM_PARTS}); do cat {name}; done"
    runs = [(fastest(1, f"{feed} | {tool} | wc -c"), fastest(1, f"{feed} | cat | wc -c")) for _ in range(3)]
    mine, theirs = (min(tooks, key=lambda took: took["wall"]) for tooks in zip(*runs))
    return {**mine, "peer": theirs}


def ours_smote(method, name):
    return fastest(3, ["ns-smote", "-q", *(["--method", method] if method != "smote" else []), "-p", "k_neighbors=5", "-j", "2", "-t", "y", name])


def ours(line):
    if line == "knn-phishing":
        return fastest(5, ["ns-impute", "-q", "--strategy", "knn", "-p", "n_neighbors=3", "-j", "2", "-t", "Result", "-w", "knn.ns", "holes.csv"])
    if line == "knn-continuous":
        return most_memory(["ns-impute", "-q", "--strategy", "knn", "-p", "n_neighbors=5", "-j", "2", "-t", "y", "-w", "knn.ns", "continuous-holes.arrow"])
    if line == "smote":
        return ours_smote(line, "one-to-twenty.arrow")
    if line == "smote-csv":
        return fastest(5, ["ns-smote", "-q", "-p", "k_neighbors=5", "-j", "2", "-t", "y", "one-to-twenty.csv"])
    if line == "smote-tomek":
        return ours_smote(line, "one-to-twenty-small.arrow")
    if line == "scale-stream":
        return beside_cat("ns-scale -m scale.ns", "continuous-200000.arrow")
    if line == "encode-stream":
        return beside_cat("ns-encode -m encode.ns", "mixed.arrow")
    if line == "derive":
        return fastest(3, ["ns-derive", "-q", *(text for text, _ in DERIVED), "-w", "derive.ns", "million.arrow"])
    if line == "target":
        return fastest(3, ["ns-encode", "-q", "--strategy", "target", "-p", "smooth=auto", "-p", "cv=5", "-t", "y", "--positive", "1", "-w", "target.ns", "categories.arrow"])
    return fastest(3, ["ns-impute", "-q", "--strategy", "median", "--indicator", "-t", "y", "-w", "median.ns", "million-holes.arrow"])


# --- the data, made once ---

def holes(share, label):
    """Empties cells of a CSV on stdin, but for the last column: a linear congruential generator, so that it is the same everywhere."""
    return """awk -F, -v OFS=, -v share=%s 'NR == 1 { print; if ($NF != "%s") exit 1; next }
        { for (i = 1; i < NF; i++) { state = (state * 1103515245 + 12345) %% 2147483648; if (state / 2147483648 < share) $i = "" } print }'""" % (share, label)


def twenty(rows, name):
    """So many rows, a twenty-first of them of the class 1."""
    few = rows // 21
    make(name + ".csv", f"continuous {rows * 3} 30 7 | ns-convert | awk -F, -v few={few} -v many={rows - few} "
         "'NR == 1 || ($NF == 1 && ones++ < few) || ($NF == 0 && zeros++ < many)'")
    make(name + ".arrow", f"ns-convert -O arrow {name}.csv")


def make_data(lines):
    wanted = set(lines)
    if "knn-phishing" in wanted:
        subprocess.run(f"tr -d '\"\\r' < '{beside.phishing()}' | {holes(0.1, 'Result')} > holes.csv && rm -f holes.*.npy", shell=True, check=True)
    if "knn-continuous" in wanted:
        make("continuous-holes.arrow", f"continuous 100000 30 5 | ns-convert | {holes(0.1, 'y')} | ns-convert -O arrow")
    if wanted & {"smote", "smote-csv"}:
        twenty(200000, "one-to-twenty")
    if "smote-tomek" in wanted:
        twenty(20000, "one-to-twenty-small")
    if "scale-stream" in wanted:
        make("continuous-200000.arrow", "continuous 200000 30 1")
        subprocess.run("ns-scale -q -t y -w scale.ns continuous-200000.arrow > scaled.arrow", shell=True, check=True)
    if "encode-stream" in wanted:
        make("mixed.arrow", "continuous 200000 30 1 | ns-convert | awk -F, -v OFS=, 'NR > 1 { for (i = 1; i < 32; i += 8) "
             "$i = substr(\"tcp udp icmpgre ospf\", 1 + 4 * int(($i + 1) * 2.4999), 4) } { print }' | ns-convert -O arrow")
        subprocess.run("ns-encode -q -t y -w encode.ns mixed.arrow > encoded.arrow", shell=True, check=True)
    if wanted & {"derive", "indicator"}:
        make("million.arrow", "continuous 1000000 30 6")
        make("million.csv", "ns-convert million.arrow")
    if "indicator" in wanted:
        make("million-holes.csv", f"{holes(0.1, 'y')} million.csv")
        make("million-holes.arrow", "ns-convert -O arrow million-holes.csv")
    if "target" in wanted:
        make("categories.csv", """awk 'BEGIN { srand(8); print "a,b,c,d,y"; for (i = 0; i < 1000000; i++) { at = int(1000 * rand() * rand())
            printf "k%d,k%d,k%d,k%d,%d\\n", at, 1000 * rand(), 1000 * rand(), 1000 * rand() ^ 2, rand() < 0.2 + at % 10 / 20 } }'""")
        make("categories.arrow", "ns-convert -O arrow categories.csv")


if __name__ == "__main__":
    sys.exit(beside.main(__file__, LINES, ours, peer, needs, make_data, whole=True))
