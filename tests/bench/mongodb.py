#!/usr/bin/env python3
"""Collections beside pymongo and pandas: mongodb.py TOOLS WORK [--reuse] [LINE...]   (sh tests/bench/run collections ...)

What a client itself costs: both sides read from and write to wire_replay, a server that only plays back documents made beforehand, and
throws away what it gets. Processor time is the client's, user and system, of the whole process; what pymongo's and pandas' work alone
takes, without the start of Python, is said behind the line, and the largest resident set of both. The peer does what the systems do that
netsec replaces: pd.DataFrame(list(collection.find())), without _id, "na" missing, to_csv; and pd.read_csv, the rows as dictionaries,
insert_many. It needs pymongo 4 with its C extension.

The last lines are wall time on a real server, the one that scripts/test-mongodb starts: mostly the server's own. ns-export asks for documents
sorted by _id, and for the first thousand of them twice; a server without an index on _id, as FerretDB is, reads and sorts everything each time.

Prints each line with what is asked for and the least that is accepted, and writes WORK/mongodb.csv. --reuse takes what the peers took from
WORK/mongodb-peers.SET.json, where every run leaves it. NETSEC_PHISHING_CSV names the real phishing set; without it the bundled sample
stands in. TOOLS is the folder of the tools."""
import json
import os
import resource
import subprocess
import sys

import beside
from beside import make, timed

DOCUMENTS = 1000000
# name: what it is, what is asked, the least, unit (beside.py)
LINES = {
    "export": ("1,000,000 documents x 31 int32 to CSV, thrown away", 5, 5, "cpu"),
    "export-memory": ("the same, largest resident set", 100, 100, "MB"),
    "export-arrow": ("the same to Arrow, beside pandas' CSV", 5, 5, "cpu"),
    "export-mixed": ("1,000,000 documents x 31: doubles, text, dates, integers, to CSV", 5, 5, "cpu"),
    "import": ("1,000,000 rows x 31 integers, all different; the peer by its fastest way, to_dict('records')", 3, 3, "cpu"),
    "import-memory": ("the same, largest resident set", 100, 100, "MB"),
    "import-json": ("the same beside json.loads(data.T.to_json()).values(), as the replaced systems do it", 3, 3, "cpu"),
    "import-mixed": ("1,000,000 rows x 31: numbers, text and dates as text", 3, 3, "cpu"),
    "real-import": ("a real server: the phishing set into a new collection", 0, 0, "times"),
    "real-export": ("a real server: the phishing set out of it", 0, 0, "times"),
    "real-import-100000": ("a real server: 100,000 rows x 31 into a new collection", 0, 0, "times"),
    "real-export-100000": ("a real server: 100,000 rows x 31 out of it", 0, 0, "times"),
}
SUMS = {"export-arrow": ["export"]}  # the peer of one line is the other's
REPLAYS = []  # kept until the end: a replay serves while its stdin is open


# --- the peer: runs in a Python of its own ---

def collection(line):
    import pymongo
    assert pymongo.has_c(), "pymongo without its C extension"
    real = line.startswith("real-")
    client = pymongo.MongoClient(os.environ["BENCH_REAL" if real else "BENCH_REPLAY"])
    return client["netsec_bench" if real else "replay"]["peer-" + rows_of(line) if real else "mixed" if "mixed" in line else "phishing"]


def peer_export(line):
    import numpy
    import pandas
    frame = pandas.DataFrame(list(collection(line).find()))
    frame = frame.drop(columns=["_id"])
    frame.replace({"na": numpy.nan}, inplace=True)
    frame.to_csv("/dev/null", index=False)


def peer_import(line):
    import pandas
    into = collection(line)
    if line.startswith("real-"):
        into.drop()
    data = pandas.read_csv(rows_of(line) + ".csv")
    records = list(json.loads(data.T.to_json()).values()) if line == "import-json" else data.to_dict("records")
    into.insert_many(records)


def peer(line):
    import pandas  # what it takes to load is no work
    import pymongo
    del pandas, pymongo
    took = timed(lambda: (peer_export if "export" in line else peer_import)(line))[0]
    return {**took, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def needs(line):
    code = "import os, pandas, pymongo; assert pymongo.has_c() and pymongo.version_tuple > (4,)"
    if line.startswith("real-"):  # pymongo refuses servers older than MongoDB 4.4, as mongo-java-server says to be
        code += "; pymongo.MongoClient(os.environ['BENCH_REAL']).admin.command('ping')"
    return code


# --- ours ---

def rows_of(line):
    """The table that a line is about."""
    if line.startswith("real-"):
        return "hundred-thousand" if line.endswith("100000") else "phishing"
    return "million.mixed" if "mixed" in line else "million"


def stopwatch(runs, *command):
    """The fastest of so many runs, and the most it held."""
    subprocess.run(["stopwatch", str(runs), "/dev/null", "/dev/null", *command], stderr=open("stderr.txt", "w"), check=True)
    wall, cpu, megabytes = open("stderr.txt").read().splitlines()[-1].split()[1:]
    return {"wall": float(wall), "cpu": float(cpu), "megabytes": float(megabytes)}


def ours_real(line):
    call = ["--uri", os.environ["BENCH_REAL"], "netsec_bench", "ours-" + rows_of(line)]
    if "export" in line:
        return stopwatch(1 if line.endswith("100000") else 3, "ns-export", "-q", *call)
    return stopwatch(1, "ns-import", "-q", "--replace", *call, rows_of(line) + ".csv")


def ours(line):
    if line.startswith("real-"):
        return ours_real(line)
    call = ["--uri", os.environ["BENCH_REPLAY"], "replay", "mixed" if "mixed" in line else "phishing"]
    if "export" in line:
        return stopwatch(1 if "memory" in line else 3, "ns-export", "-q", *(["-O", "arrow"] if "arrow" in line else []), *call)
    return stopwatch(1 if "memory" in line else 3, "ns-import", "-q", *call, rows_of(line) + ".csv")


# --- the data, made once, and the servers ---

def start_replay():
    replay = subprocess.Popen(["wire_replay", str(DOCUMENTS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    REPLAYS.append(replay)
    return f"mongodb://127.0.0.1:{replay.stdout.readline().strip()}/"


def start_real(lines):
    """A real server, which ends with this process; where there is none its lines are left out."""
    script = os.path.join(beside.ROOT, "scripts/test-mongodb")
    started = subprocess.run(["sh", script, "start", "--while", str(os.getpid()), os.path.abspath("mongodb-real")], stdout=subprocess.PIPE, text=True)
    if started.returncode:
        lines[:] = [line for line in lines if not line.startswith("real-")]
        print("no real server (scripts/test-mongodb): its lines are left out")
        return ""
    uri, kind = started.stdout.splitlines()[:2]
    print("the real server is", kind)
    return uri


def random_rows(rows):
    """The columns of the phishing set and numbers from a linear congruential generator, so that they are the same everywhere."""
    return f"""awk -v rows={rows} 'function draw(n) {{ state = (state * 1103515245 + 12345) % 2147483648; return int(state / 65536) % n }}
        {{ print; n = split($0, _, ","); for (r = 0; r < rows; r++) {{ row = ""; for (i = 1; i < n; i++) row = row (draw(3) - 1) ","
        print row (draw(2) * 2 - 1) }} exit }}' {beside.ROOT}/tests/data/phishing-sample.csv"""


def make_data(lines):
    os.environ["BENCH_REPLAY"] = start_replay()
    if any(line.startswith("real-") for line in lines):
        os.environ["BENCH_REAL"] = start_real(lines)
    make("million.csv", random_rows(DOCUMENTS))
    make("hundred-thousand.csv", "head -n 100001 million.csv")
    if "import-mixed" in lines:
        make("million.mixed.csv", "ns-export -q --uri $BENCH_REPLAY replay mixed | awk -F, -v OFS=, 'NR > 1 { $5 = NR } { print }'")
    make("phishing.csv", f"tr -d '\"\\r' < '{beside.phishing()}'")


if __name__ == "__main__":
    sys.exit(beside.main(__file__, LINES, ours, peer, needs, make_data, SUMS, whole=True))
