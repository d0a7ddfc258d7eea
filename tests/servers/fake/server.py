"""The server itself: options, connections, the log."""

import argparse
import json
import os
import socket
import ssl
import sys
import threading
import time

import bson
from bson import json_util

from commands import Commands, Session
from faults import HELP, Faults, Gone
from store import Store
from values import document
from wire import EMPTY, read_request, reply

ABOUT = """A server that speaks MongoDB's wire protocol, in memory, and goes wrong where it is told to. Prints its URI when it is ready.

It knows hello, isMaster, ping, buildInfo, serverStatus, find (filter: $and $or $nor $gt $gte $lt $lte $eq $ne $in $nin $not $exists
$type, dotted paths, arrays; sort; projection; skip; limit; batchSize), getMore, killCursors, count, aggregate ($match $limit $count
and how drivers count), listCollections, listDatabases, listIndexes, create, createIndexes (unique, sparse, partial), dropIndexes, drop,
dropDatabase, renameCollection, insert, update ($set $setOnInsert $unset $inc, replacements, upsert), delete, endSessions, saslStart and
saslContinue. Documents stay the bytes that came. What it does not know, it refuses."""

LOG_HELP = """
log: one line of JSON for each command, passwords left out:
  {"connection": 1, "database": "d", "command": "find", "struck": ["drop"], "body": {...relaxed extended JSON...},
   "documents": 3, "written": [...]}      documents: how many came along (insert, update, delete); written: they, with --log-documents
"""


def arguments():
    parser = argparse.ArgumentParser(prog="fake-mongodb", description=ABOUT, epilog=HELP + LOG_HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS", help="127.0.0.1 or ::1")
    parser.add_argument("--port", type=int, default=0, help="default: one that is free")
    parser.add_argument("--while", dest="parent", type=int, metavar="PID", help="ends when that process is gone")
    parser.add_argument("--load", action="append", default=[], nargs=2, metavar=("DATABASE.COLLECTION", "FILE"),
                        help="documents of a .bson file, one behind the other, sound or not")
    parser.add_argument("--json", action="append", default=[], nargs=2, metavar=("DATABASE.COLLECTION", "FILE"),
                        help="documents of a file of extended JSON lines")
    parser.add_argument("--generate", action="append", default=[], nargs=3, metavar=("DATABASE.COLLECTION", "N", "FIELDS"),
                        help="N documents with that many fields of small whole numbers")
    parser.add_argument("--huge", action="append", default=[], nargs=3, metavar=("DATABASE.COLLECTION", "N", "BYTES"),
                        help="N documents of that size, one text in each; 16777216 is the most that a server takes")
    parser.add_argument("--batch", type=int, default=1 << 30, metavar="N", help="no answer brings more than N documents")
    parser.add_argument("--fault", action="append", default=[], metavar="C:W:A", help="see below")
    parser.add_argument("--faults", metavar="FILE", help="see below")
    parser.add_argument("--die-within", type=int, metavar="MS", help="the server is gone at a random moment of the first MS after the "
                        "first find, insert or update")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random here")
    parser.add_argument("--user", help="logging in is asked for: SCRAM-SHA-256, with this name")
    parser.add_argument("--password-file", metavar="FILE", help="and the first line of this file")
    parser.add_argument("--tls", metavar="FILE", help="TLS alone, with this certificate and key (PEM)")
    parser.add_argument("--replica-set", metavar="NAME", help="says that it is the primary, and all, of that replica set")
    parser.add_argument("--no-sessions", action="store_true", help="as servers without sessions: nothing is tried again by the driver")
    parser.add_argument("--wire-version", type=int, default=21, help="the latest it says it speaks (default 21)")
    parser.add_argument("--log", metavar="FILE", help="see below")
    parser.add_argument("--log-documents", action="store_true", help="what was written is in the log, too")
    options = parser.parse_args()
    try:
        options.faults = Faults(options.fault, options.faults, options.seed)
    except ValueError as error:
        parser.error(str(error))
    options.password = open(options.password_file).readline().rstrip("\n") if options.password_file else ""
    return options


class Server:
    def __init__(self, options):
        self.options, self.store = options, Store()
        self.log_file = open(options.log, "a", buffering=1) if options.log else None
        self.identity = self.connections = 0
        self.death, self.lock = None, threading.Lock()
        self.commands = Commands(self.store, options)
        self.fill()

    def fill(self):
        for namespace, path in self.options.load:
            self.store.load(namespace, path)
        for namespace, path in self.options.json:
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    if line.strip():
                        self.store.make(namespace).put(bson.encode(json_util.loads(line, json_options=JSON)))
        for namespace, count, fields in self.options.generate:
            self.store.generate(namespace, int(count), int(fields))
        for namespace, count, size in self.options.huge:
            for i in range(int(count)):
                raw = bson.encode({"_id": i, "text": ""})
                self.store.make(namespace).put(bson.encode({"_id": i, "text": "x" * (int(size) - len(raw))}))

    def log(self, number, request, struck):
        if not self.log_file:
            return
        hidden = ("payload", "speculativeAuthenticate", "documents", "updates", "deletes", "$clusterTime", "lsid", "$db")
        body = document(part for part in request.parts.values() if part.name not in hidden)
        name = {"insert": "documents", "update": "updates", "delete": "deletes"}.get(request.name)
        entry = {"connection": number, "database": request.database, "command": request.name, "struck": sorted(struck),
                 "body": json.loads(readable(body))}
        if name:
            written = request.documents(name)
            entry["documents"] = len(written)
            if self.options.log_documents:
                entry["written"] = [json.loads(readable(raw)) for raw in written]
        with self.lock:
            print(json.dumps(entry, ensure_ascii=False), file=self.log_file)

    def doom(self, request):
        """The first real command sets the clock going for --die-within."""
        if self.options.die_within and self.death is None and request.name in ("find", "insert", "update"):
            self.death = threading.Timer(self.options.faults.chance.random() * self.options.die_within / 1000, os._exit, [137])
            self.death.daemon = True
            self.death.start()

    def serve(self, connection, number):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            session = Session(self.commands)
            while True:
                request = read_request(connection)
                if request is None:
                    break
                self.doom(request)
                struck = self.options.faults.of(request.name)
                self.log(number, request, struck)
                body = self.body(session, request, struck)
                if not request.answered:
                    continue
                with self.lock:
                    self.identity += 1
                    identity = self.identity
                self.options.faults.send(connection, reply(request, body, identity), struck)
        except (Gone, OSError, ssl.SSLError):
            pass
        except (ValueError, IndexError, KeyError, StopIteration) as error:
            print(f"fake-mongodb: connection {number}: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    @staticmethod
    def body(session, request, struck):
        """The answer: as it should be, or an error that a fault makes of it."""
        if "kill-cursors" in struck:
            session.all.cursors.open.clear()
        if "error" in struck:
            return session.fail(request, int(struck["error"]))
        if "silent" in struck or struck.get("drop") == "" or struck.get("die") == "":
            return EMPTY
        body = session.answer(request)
        return session.fail(request, int(struck["lost-error"])) if "lost-error" in struck else body

    def run(self):
        family = socket.AF_INET6 if ":" in self.options.listen else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.options.listen, self.options.port))
        listener.listen(64)
        host = f"[{self.options.listen}]" if family == socket.AF_INET6 else self.options.listen
        self.commands.address = f"{host}:{listener.getsockname()[1]}"
        self.context = None
        if self.options.tls:
            self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.context.load_cert_chain(self.options.tls)
        if self.options.parent:
            threading.Thread(target=self.watch, daemon=True).start()
        print(f"mongodb://{self.commands.address}/{'?tls=true' if self.context else ''}", flush=True)
        while True:
            connection, _ = listener.accept()
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection, self.connections), daemon=True).start()

    def watch(self):
        while True:
            try:
                os.kill(self.options.parent, 0)
            except ProcessLookupError:
                os._exit(0)
            except PermissionError:
                pass
            time.sleep(0.5)


JSON = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, tz_aware=False)


def readable(raw):
    """Extended JSON of what can be read; its size of what cannot."""
    try:
        return json_util.dumps(bson.decode(raw), json_options=JSON)
    except (bson.errors.BSONError, ValueError, OverflowError):
        return json.dumps({"unreadable": len(raw)})


def main():
    try:
        Server(arguments()).run()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"fake-mongodb: {error}")
