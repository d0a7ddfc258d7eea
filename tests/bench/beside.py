"""What learners.py, preparation.py and mongodb.py have in common: lines of work, ours as whole processes beside a peer timed in a Python of its own.

A script says what its lines are and gives beside.main its functions; `SCRIPT peer LINE` is how a peer is run. LINES has by name: what it
is, what is asked, the least that is accepted, and the unit: "times" faster than the peer, "cpu": times less processor time than it, or "ms", "s",
"MB" at most ("s" and "MB" have no peer)."""
import csv
import json
import os
import resource
import subprocess
import sys
import time

SET = "real" if os.environ.get("NETSEC_PHISHING_CSV") else "sample"
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


# --- clocks ---

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


def children_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, stdout=os.devnull):
    """Wall and processor time of a command (a text: for bash) and all it started."""
    with open(stdout, "wb") as out, open("stderr.txt", "wb") as said:
        begun, before = time.perf_counter(), children_time()
        command = ["bash", "-o", "pipefail", "-c", command] if isinstance(command, str) else command
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=said, check=True)
        return {"wall": time.perf_counter() - begun, "cpu": children_time() - before}


def fastest(runs, command, stdout=os.devnull):
    return min((run(command, stdout) for _ in range(runs)), key=lambda took: took["wall"])


def added(tooks):
    return {key: sum(took[key] for took in tooks) for key in ("wall", "cpu")}


def most_memory(command, stdin=subprocess.DEVNULL, stdout=os.devnull):
    """Runs a command and adds the largest amount of memory that no file backs, sampled; it begins before the first row."""
    begun, before, most = time.perf_counter(), children_time(), 0
    with open(stdout, "wb") as out:
        working = subprocess.Popen(command, stdin=stdin, stdout=out)
    while working.poll() is None:
        try:
            most = max([most] + [int(line.split()[1]) for line in open(f"/proc/{working.pid}/status") if line.startswith("RssAnon")])
        except OSError:
            pass
        time.sleep(0.02)
    if working.returncode:
        raise subprocess.CalledProcessError(working.returncode, command[0])
    return {"wall": time.perf_counter() - begun, "cpu": children_time() - before, "megabytes": most * 1024 / 1e6}


# --- data, made once ---

def make(name, command):
    if not os.path.exists(name):
        subprocess.run(command, shell=True, check=True, stdout=open(name + ".part", "wb"))
        os.rename(name + ".part", name)


def phishing():
    """The real set where it is here, else the bundled sample."""
    real = os.environ.get("NETSEC_PHISHING_CSV")
    if not real:
        print("the real phishing set is not here (NETSEC_PHISHING_CSV): its lines are about the bundled sample of 2,000 rows")
    return os.path.abspath(real) if real else os.path.join(ROOT, "tests/data/phishing-sample.csv")


# --- side by side ---

class Beside:
    """One run of a script's lines. needs(line): the Python that its peer wants, as code that fails where that is not there. sums: lines
    whose peer is timed in parts. whole: what counts of a peer is its whole process."""

    def __init__(self, script, lines, ours, needs, sums, whole):
        self.script, self.lines, self.ours, self.needs = os.path.abspath(script), lines, ours, needs
        self.sums, self.whole = sums, whole
        self.name = os.path.basename(script)[:-3]
        self.store = f"{self.name}-peers.{SET}.json"
        self.known, self.fresh, self.pythons = {}, set(), {}

    def find_python(self, code):
        if code not in self.pythons:
            paths = (os.environ.get("NETSEC_PYTHON"), os.path.join(ROOT, "build/peer-venv/bin/python"), "/usr/bin/python3")
            fitting = (path for path in paths if path and os.path.exists(path)
                       and subprocess.run([path, "-c", code], stderr=subprocess.DEVNULL).returncode == 0)
            self.pythons[code] = next(fitting, None)
            if not self.pythons[code]:
                print(f"no Python that can '{code}' (NETSEC_PYTHON): no peer" + (" but what --reuse finds" if self.known else ""))
        return self.pythons[code]

    def peer_took(self, line):
        """What the peer took, measured unless it is fresh; None where there is none."""
        if line in self.lines and self.lines[line][3] in ("s", "MB"):
            return None
        if line in self.sums:
            tooks = [self.peer_took(part) for part in self.sums[line]]
            return added(tooks) if all(tooks) else None
        if line not in self.fresh and self.find_python(self.needs(line)):
            self.known[line] = self.run_peer([self.find_python(self.needs(line)), self.script, "peer", line])
            self.fresh.add(line)
        return self.known.get(line)

    def run_peer(self, command):
        """Its work as it timed that itself; with whole, the process, and its work as "alone". Then the faster of two: data are loaded faster again."""
        tooks = []
        for _ in range(2 if self.whole else 1):
            took = run(command, "peer.json")
            with open("peer.json") as said:
                work = json.loads(said.read().splitlines()[-1])
            tooks.append({**took, "alone": work["wall"], "alone_cpu": work["cpu"], "megabytes": work.get("megabytes")} if self.whole else work)
        return min(tooks, key=lambda took: took["wall"])

    def compare(self, line, mine, theirs):
        what, ask, least, unit = self.lines[line]
        row = {"line": line, "what": what, "wall": mine["wall"], "cpu": mine["cpu"], "peer_wall": theirs and theirs["wall"], "peer_cpu": theirs and theirs["cpu"],
               "ask": ask, "least": least, "unit": unit, "remark": mine.get("remark", "")}
        if unit in ("times", "cpu"):
            row["wall_ratio"], row["cpu_ratio"] = (theirs["wall"] / mine["wall"], theirs["cpu"] / max(mine["cpu"], 0.001)) if theirs else (None, None)
            found, better = row["wall_ratio" if unit == "times" else "cpu_ratio"], lambda bound: found >= bound
        else:
            found = {"ms": mine["wall"] * 1000, "s": mine["wall"], "MB": mine.get("megabytes")}[unit]
            better = lambda bound: found <= bound
            row["wall_ratio"] = found
        row["verdict"] = "" if found is None else "as asked" if better(ask) else "least" if better(least) else "BELOW"
        if theirs and "alone" in theirs:
            key = "wall" if unit == "times" else "cpu"
            alone = theirs["alone" if unit == "times" else "alone_cpu"]
            row["remark"] = f"its work alone {alone:.2f} s: {alone / mine[key]:.1f}x"
            if theirs.get("megabytes") and "megabytes" in mine:
                row["remark"] += f"; {mine['megabytes']:.0f} MB, peer {theirs['megabytes']:.0f} MB"
        if "auc" in mine and theirs:
            row["remark"] = f"AUC {mine['auc']:.5f}, peer {theirs['auc']:.5f}{'' if mine['auc'] >= theirs['auc'] - 0.001 else ': BELOW'}"
        return row

    def store_peers(self):
        """Beside those of earlier runs."""
        earlier = {}
        if os.path.exists(self.store):
            with open(self.store) as given:
                earlier = json.load(given)
        with open(self.store, "w") as out:
            json.dump({**earlier, **self.known}, out, indent=1)

    def run(self, reuse, lines):
        rows, failed = [], 0
        if reuse and os.path.exists(self.store):
            with open(self.store) as given:
                self.known = json.load(given)
        self.fresh = set(self.known)
        print(f"{'line':24} {'wall s':>8} {'cpu s':>8} {'peer':>8} {'its cpu':>8} {'ratio':>10} {'of cpu':>8} {'ask':>6} {'least':>6}")
        for line in lines:
            try:
                mine = self.ours(line)
                theirs = mine.get("peer") or self.peer_took(line)  # a peer that is no Python is timed beside ours
                rows.append(self.compare(line, mine, theirs))
                show(rows[-1])
            except subprocess.CalledProcessError as error:
                failed = 1
                print(f"{line:24} failed: {error.cmd} (stderr.txt in build/bench)", flush=True)
            self.store_peers()
        with open(self.name + ".csv", "w", newline="") as out:
            table = csv.DictWriter(out, ["line", "what", "wall", "cpu", "peer_wall", "peer_cpu", "wall_ratio", "cpu_ratio", "ask", "least", "unit", "verdict", "remark"], restval="")
            table.writeheader()
            table.writerows(rows)
        return failed


def show(row):
    def number(value, form):
        return "-" if value is None else format(value, form)
    form = ".2f" if row["ask"] < 1 else ".1f"
    figure = "-" if row["wall_ratio"] is None else number(row["wall_ratio"], form) + {"times": "x", "cpu": "x", "ms": " ms", "s": " s", "MB": " MB"}[row["unit"]]
    cpu = "-" if row.get("cpu_ratio") is None else number(row["cpu_ratio"], form) + "x"
    print(f"{row['line']:24} {number(row['wall'], '.3f'):>8} {number(row['cpu'], '.3f'):>8} {number(row['peer_wall'], '.2f'):>8} {number(row['peer_cpu'], '.2f'):>8} "
          f"{figure:>10} {cpu:>8} {row['ask']:>6} {row['least']:>6}  {row['verdict']} {row['remark']}", flush=True)


def main(script, lines, ours, peer, needs, make_data, sums=None, whole=False):
    """SCRIPT TOOLS WORK [--reuse] [LINE...], or SCRIPT peer LINE in WORK."""
    arguments = sys.argv[1:]
    if arguments[0] == "peer":
        print(json.dumps(peer(arguments[1])))
        return 0
    again = "--reuse" in arguments
    arguments = [word for word in arguments if word != "--reuse"]
    wanted = arguments[2:] or list(lines)
    unknown = [line for line in wanted if line not in lines]
    if unknown:
        print(f"{os.path.basename(script)[:-3]}: no line '{unknown[0]}'; there are: {' '.join(lines)}", file=sys.stderr)
        return 2
    bench = Beside(script, lines, ours, needs, sums or {}, whole)
    tools = os.path.abspath(arguments[0])
    os.environ["NS_BIN"] = tools
    os.environ["PATH"] = tools + ":" + os.path.join(tools, "bench") + ":" + os.environ["PATH"]
    os.makedirs(arguments[1], exist_ok=True)
    os.chdir(arguments[1])
    make_data(wanted)
    return bench.run(again, wanted)
