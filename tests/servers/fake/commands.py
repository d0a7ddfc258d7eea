"""The commands: each takes a request and gives the parts of its answer."""

import struct
from contextlib import nullcontext
from datetime import datetime

import bson
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument

import values
from faults import NAMES, RETRYABLE
from match import Refused, matches
from scram import Conversation
from values import ARRAY, BOOL, DOCUMENT, INT64, STRING, Element, array, document, elements, number
from wire import EMPTY

FIRST_BATCH, BATCH_BYTES = 101, 16 * 1024 * 1024
BEFORE_LOGIN = ("hello", "isMaster", "ismaster", "saslStart", "saslContinue", "ping", "buildInfo", "buildinfo", "endSessions",
                "getnonce", "whatsmyuri")


class Cursors:
    def __init__(self):
        self.open, self.last = {}, 4_000_000_000_000_000_000

    def add(self, namespace, found, at):
        self.last += 1
        self.open[self.last] = [namespace, found, at]
        return self.last


class Commands:
    """What one server knows; `Session` is what one connection does."""

    def __init__(self, store, options):
        self.store, self.options, self.cursors, self.address = store, options, Cursors(), ""


def text(part):
    return part.value[4:-1].decode()


def truth(part):
    return part is not None and (part.value != b"\0" if part.type == BOOL else number(part) != 0)


def cursor_reply(identity, namespace, batch, name):
    """Put together by hand, so that documents go out as the bytes they are."""
    cursor = document([
        Element(name, ARRAY, array(batch)), Element("id", INT64, struct.pack("<q", identity)),
        Element("ns", STRING, struct.pack("<i", len(namespace.encode()) + 1) + namespace.encode() + b"\0")])
    return document([Element("cursor", DOCUMENT, cursor), Element("ok", values.DOUBLE, struct.pack("<d", 1))])


class Session:
    def __init__(self, commands):
        self.all, self.store, self.options = commands, commands.store, commands.options
        self.user = None if self.options.user else "anybody"
        self.conversation = None

    def answer(self, request):
        """The answer's bytes."""
        try:
            handler = getattr(self, "do_" + request.name.lower(), None)
            if self.user is None and request.name not in BEFORE_LOGIN:
                raise Refused(13, "Unauthorized", f"command {request.name} requires authentication")
            if handler is None:
                raise Refused(59, "CommandNotFound", f"no such command: '{request.name}'")
            # Who says hello never waits for somebody's long work.
            with nullcontext() if request.name in BEFORE_LOGIN else self.store.lock:
                result = handler(request)
        except Refused as refused:
            return failure(refused.code, refused.name, str(refused))
        return result if isinstance(result, bytes) else bson.encode({**result, "ok": 1.0})

    def fail(self, request, code):
        """The error of a fault."""
        name = NAMES.get(code, f"Location{code}")
        if code == 11000 and request.name in ("insert", "update"):
            return bson.encode({"n": 0, "writeErrors": [{"index": 0, "code": code, "errmsg": f"{name} (a fault)"}], "ok": 1.0})
        labels = ["RetryableWriteError"] if code in RETRYABLE and "txnNumber" in request.parts else []
        return failure(code, name, f"{name} (a fault)", labels)

    def namespace(self, request):
        return f"{request.database}.{text(request.parts[request.name])}"

    # What a driver asks of a server.

    def do_hello(self, request):
        options = self.options
        answer = {"isWritablePrimary" if request.name == "hello" else "ismaster": True, "helloOk": True, "maxBsonObjectSize": 16777216, "maxMessageSizeBytes": 48000000,
                  "maxWriteBatchSize": 100000, "localTime": datetime.utcnow(), "connectionId": 1, "minWireVersion": 0,
                  "maxWireVersion": options.wire_version, "readOnly": False}
        if not options.no_sessions:
            answer["logicalSessionTimeoutMinutes"] = 30
        if options.replica_set:
            answer.update(setName=options.replica_set, setVersion=1, secondary=False, hosts=[self.all.address], primary=self.all.address,
                          me=self.all.address)
        if options.user:
            answer["saslSupportedMechs"] = ["SCRAM-SHA-256"]
        return answer

    do_ismaster = do_hello

    def do_ping(self, request):
        return {}

    do_endsessions = do_startsession = do_whatsmyuri = do_getlog = do_killsessions = do_fsync = do_ping

    def do_buildinfo(self, request):
        return {"version": "7.0.0", "versionArray": [7, 0, 0, 0], "maxBsonObjectSize": 16777216, "modules": [], "bits": 64}

    def do_serverstatus(self, request):
        return {"host": self.all.address, "version": "7.0.0", "process": "fake-mongodb", "localTime": datetime.utcnow()}

    def do_saslstart(self, request):
        if request.parts["mechanism"].value[4:-1] != b"SCRAM-SHA-256" or not self.options.user:
            raise Refused(334, "MechanismUnavailable", "Unsupported mechanism; this server has SCRAM-SHA-256 alone")
        self.conversation = Conversation(self.options.user, self.options.password)
        asked = values.find(request.parts["options"].value, "skipEmptyExchange") if "options" in request.parts else None
        self.conversation.short = truth(asked)
        return self.sasl(self.conversation.start(request.parts["payload"].value[5:]))

    def do_saslcontinue(self, request):
        payload = self.conversation.proceed(request.parts["payload"].value[5:]) if self.conversation else None
        if payload is None:
            raise Refused(18, "AuthenticationFailed", "Authentication failed.")
        if self.conversation.short or self.conversation.done:
            self.conversation.done, self.user = True, self.conversation.user
        return self.sasl(payload)

    def sasl(self, payload):
        return {"conversationId": 1, "done": self.conversation.done, "payload": payload}

    # Reading.

    def do_find(self, request):
        parts, namespace = request.parts, self.namespace(request)
        part_or = lambda name: parts[name].value if name in parts else EMPTY
        count_or = lambda name: int(number(parts[name])) if name in parts else 0
        order = [(part.name, number(part)) for part in elements(part_or("sort"))]
        limit = count_or("limit")
        found = self.store.get(namespace).find(part_or("filter"), order, count_or("skip"), abs(limit), part_or("projection"))
        single = limit < 0 or truth(parts.get("singleBatch"))
        return self.first_batch(namespace, found, parts.get("batchSize"), single)

    def first_batch(self, namespace, found, batch_size, single=False):
        count = int(number(batch_size)) if batch_size else FIRST_BATCH
        batch = cut_batch(found, 0, min(count, self.options.batch))
        if single or len(batch) == len(found):
            return cursor_reply(0, namespace, batch, "firstBatch")
        return cursor_reply(self.all.cursors.add(namespace, found, len(batch)), namespace, batch, "firstBatch")

    def do_getmore(self, request):
        identity = int(number(request.parts["getMore"]))
        cursor = self.all.cursors.open.get(identity)
        if cursor is None:
            raise Refused(43, "CursorNotFound", f"cursor id {identity} not found")
        size = request.parts.get("batchSize")
        namespace, found, at = cursor
        count = int(number(size)) if size and number(size) else len(found)
        batch = cut_batch(found, at, min(count, self.options.batch))
        cursor[2] = at + len(batch)
        if cursor[2] == len(found):
            del self.all.cursors.open[identity]
            identity = 0
        return cursor_reply(identity, namespace, batch, "nextBatch")

    def do_killcursors(self, request):
        asked = [int(number(part)) for part in elements(request.parts["cursors"].value)]
        killed = [Int64(one) for one in asked if self.all.cursors.open.pop(one, None)]
        return {"cursorsKilled": killed, "cursorsNotFound": [Int64(one) for one in asked if Int64(one) not in killed],
                "cursorsAlive": [], "cursorsUnknown": []}

    def do_count(self, request):
        condition = request.parts["query"].value if "query" in request.parts else EMPTY
        return {"n": len(self.store.get(self.namespace(request)).find(condition))}

    def do_aggregate(self, request):
        found = None
        for stage in elements(request.parts["pipeline"].value):
            step = next(elements(stage.value))
            if step.name == "$match" and found is None:
                found = self.store.get(self.namespace(request)).find(step.value)
            elif step.name == "$limit":
                found = self.everything(request, found)[: int(number(step))]
            elif step.name in ("$count", "$group"):
                # { $group: { _id: 1, n: { $sum: 1 } } } is how drivers count.
                name = "n" if step.name == "$group" else text(step)
                total = len(self.everything(request, found))
                found = [bson.encode({"_id": 1, name: total} if step.name == "$group" else {name: total})] if total else []
            else:
                raise Refused(40324, "Location40324", f"Unrecognized pipeline stage name: '{step.name}' (of this fake)")
        return self.first_batch(self.namespace(request), self.everything(request, found), None)

    def everything(self, request, found):
        return self.store.get(self.namespace(request)).find(EMPTY) if found is None else found

    def do_distinct(self, request):
        raise Refused(59, "CommandNotFound", "no such command in this fake: 'distinct'")

    # Collections.

    def do_listcollections(self, request):
        prefix, batch = request.database + ".", []
        for name, collection in sorted(self.store.collections.items()):
            if name.startswith(prefix):
                entry = {"name": name[len(prefix):], "type": "collection"}
                if not truth(request.parts.get("nameOnly")):
                    entry.update(options=RawBSONDocument(collection.options), info={"readOnly": False})
                batch.append(bson.encode(entry))
        if "filter" in request.parts:
            batch = [raw for raw in batch if matches(raw, request.parts["filter"].value)]
        return cursor_reply(0, f"{request.database}.$cmd.listCollections", batch, "firstBatch")

    def do_listdatabases(self, request):
        names = sorted({name.partition(".")[0] for name in self.store.collections})
        return {"databases": [{"name": name, "sizeOnDisk": Int64(1), "empty": False} for name in names]}

    def do_listindexes(self, request):
        namespace = self.namespace(request)
        if namespace not in self.store.collections:
            raise Refused(26, "NamespaceNotFound", f"ns does not exist: {namespace}")
        return cursor_reply(0, namespace, self.store.get(namespace).index_documents(), "firstBatch")

    def do_create(self, request):
        namespace = self.namespace(request)
        if namespace in self.store.collections:
            raise Refused(48, "NamespaceExists", f"Collection already exists. NS: {namespace}")
        others = ("create", "lsid", "$db", "$readPreference", "writeConcern", "$clusterTime", "comment")
        self.store.make(namespace, document(part for part in elements(request.body) if part.name not in others))
        return {}

    def do_createindexes(self, request):
        made = self.namespace(request) not in self.store.collections
        collection = self.store.make(self.namespace(request))
        before = len(collection.indexes) + 1
        for specification in request.documents("indexes"):
            collection.create_index(specification)
        return {"numIndexesBefore": before, "numIndexesAfter": len(collection.indexes) + 1, "createdCollectionAutomatically": made}

    def do_dropindexes(self, request):
        collection, wanted = self.store.get(self.namespace(request)), text(request.parts["index"])
        for name in list(collection.indexes) if wanted == "*" else [wanted]:
            if collection.indexes.pop(name, None) is None:
                raise Refused(27, "IndexNotFound", f"index not found with name [{wanted}]")
        return {}

    def do_drop(self, request):
        if self.store.collections.pop(self.namespace(request), None) is None:
            raise Refused(26, "NamespaceNotFound", "ns not found")
        return {}

    def do_dropdatabase(self, request):
        for name in [name for name in self.store.collections if name.startswith(request.database + ".")]:
            del self.store.collections[name]
        return {"dropped": request.database}

    def do_renamecollection(self, request):
        old, new = text(request.parts["renameCollection"]), text(request.parts["to"])
        self.store.rename(old, new, truth(request.parts.get("dropTarget")))
        return {}

    # Writing: each statement on its own; what it is refused for goes into writeErrors.

    def each(self, request, name, do):
        errors, ordered = [], "ordered" not in request.parts or truth(request.parts["ordered"])
        for i, one in enumerate(request.documents(name)):
            try:
                do(i, one)
            except Refused as refused:
                errors.append({"index": i, "code": refused.code, "errmsg": str(refused)})
                if ordered:
                    break
        return {"writeErrors": errors} if errors else {}

    def do_insert(self, request):
        collection, count = self.store.make(self.namespace(request)), 0

        def insert(_, raw):
            nonlocal count
            collection.put(raw)
            count += 1

        errors = self.each(request, "documents", insert)
        return {"n": count, **errors}

    def do_update(self, request):
        collection, matched, modified, upserted = self.store.make(self.namespace(request)), 0, 0, []

        def update(i, raw):
            nonlocal matched, modified
            parts = {part.name: part for part in elements(raw)}
            if parts["u"].type != DOCUMENT:
                raise Refused(2, "BadValue", "this fake does not know updates by pipelines")
            n, changed, new = collection.update(parts["q"].value, parts["u"].value, truth(parts.get("upsert")), truth(parts.get("multi")))
            matched, modified = matched + n, modified + changed
            if new:
                upserted.append(RawBSONDocument(document([Element("index", values.INT32, struct.pack("<i", i)), new])))

        errors = self.each(request, "updates", update)
        return {"n": matched + len(upserted), "nModified": modified, **({"upserted": upserted} if upserted else {}), **errors}

    def do_delete(self, request):
        collection, count = self.store.get(self.namespace(request)), 0

        def delete(_, raw):
            nonlocal count
            parts = {part.name: part for part in elements(raw)}
            found = collection.find(parts["q"].value)
            for one in found[:1] if number(parts["limit"]) else found:
                collection.remove(one)
                count += 1

        errors = self.each(request, "deletes", delete)
        return {"n": count, **errors}


def cut_batch(found, at, count):
    """As many as asked for, but no more than an answer may hold, and one at least."""
    size = 0
    for end in range(at, min(at + count, len(found))):
        size += len(found[end]) + 16
        if end > at and size > BATCH_BYTES:
            return found[at:end]
    return found[at : at + count]


def failure(code, name, message, labels=()):
    labels = {"errorLabels": list(labels)} if labels else {}
    return bson.encode({"ok": 0.0, "errmsg": message, "code": code, "codeName": name, **labels})
