"""Databases and collections, in memory, as bytes."""

import os
import re
import struct
import threading
import time

from match import Projection, Refused, at_path, equalities, is_operators, matches, sort_key, unknown
from values import ARRAY, BOOL, DOCUMENT, INT32, INT64, NULL, OBJECT_ID, Element, document, elements, find, int32, key, number


def object_id():
    """As the server makes them: the second, five random bytes, a counter."""
    object_id.counter += 1
    return struct.pack(">I", int(time.time())) + object_id.random + struct.pack(">I", object_id.counter)[1:]


object_id.counter = 0
object_id.random = os.urandom(5)


class Index:
    def __init__(self, specification):
        self.raw = specification
        self.name = find(specification, "name").value[4:-1].decode()
        self.paths = [part.name for part in elements(find(specification, "key").value)]
        self.unique = self.flag("unique")
        self.sparse = self.flag("sparse")
        partial = find(specification, "partialFilterExpression")
        self.partial = partial.value if partial else None
        self.entries = {}  # key: set of keys of _ids

    def flag(self, name):
        element = find(self.raw, name)
        return element is not None and (element.value != b"\0" if element.type == BOOL else number(element) != 0)

    def holds(self, path, element):
        """Is a document with this value in the index for sure?"""
        return not self.partial or matches(set_path(document([]), path, element), self.partial)

    def key_of(self, raw):
        found = [at_path(raw, path) for path in self.paths]
        if self.sparse and not any(found) or self.partial and not matches(raw, self.partial):
            return None
        return tuple(key(one[0]) if one else (1, b"") for one in found)

    def check(self, raw, own, namespace):
        """Refuses what is there already; `own`: the document that may be the one that is there."""
        entry = self.key_of(raw)
        if self.unique and entry is not None and self.entries.get(entry, set()) - {own}:
            raise Refused(11000, "DuplicateKey", f"E11000 duplicate key error collection: {namespace} index: {self.name} dup key")

    def add(self, raw, own):
        entry = self.key_of(raw)
        if entry is not None:
            self.entries.setdefault(entry, set()).add(own)

    def remove(self, raw, own):
        entry = self.key_of(raw)
        if entry is not None:
            self.entries[entry].discard(own)


class Collection:
    def __init__(self, namespace, options=b"\5\0\0\0\0"):
        self.namespace, self.options = namespace, options
        self.documents = {}  # key of the _id: the document, in the order in which they came
        self.by_id = None  # the same in the order of _id, as long as nothing is written
        self.indexes = {}

    def index_documents(self):
        identity = document([Element("v", INT32, struct.pack("<i", 2)),
                             Element("key", DOCUMENT, document([Element("_id", INT32, struct.pack("<i", 1))])),
                             Element("name", 2, struct.pack("<i", 5) + b"_id_\0")])
        return [identity] + [index.raw for index in self.indexes.values()]

    def create_index(self, specification):
        index = Index(specification)
        there = self.indexes.get(index.name)
        if there:
            if there.raw != specification:
                raise Refused(86, "IndexKeySpecsConflict", f"there is an index {index.name} that is another one")
            return False
        for own, raw in self.documents.items():
            index.check(raw, own, self.namespace)
            index.add(raw, own)
        self.indexes[index.name] = index
        return True

    def put(self, raw, old=None):
        """A new document, or one in place of `old`."""
        if find(raw, "_id") is None:
            raw = document([Element("_id", OBJECT_ID, object_id()), *elements(raw)])
        own = key(find(raw, "_id"))
        if old is None and own in self.documents:
            raise Refused(11000, "DuplicateKey", f"E11000 duplicate key error collection: {self.namespace} index: _id_ dup key")
        for index in self.indexes.values():
            index.check(raw, own, self.namespace)
        for index in self.indexes.values():
            if old is not None:
                index.remove(old, own)
            index.add(raw, own)
        self.documents[own] = raw
        self.by_id = None
        return raw

    def remove(self, raw):
        own = key(find(raw, "_id"))
        for index in self.indexes.values():
            index.remove(raw, own)
        del self.documents[own]
        self.by_id = None

    def near(self, condition):
        """Those that may match: few, where an index knows."""
        for path, wanted in sought(condition).items():
            if path == "_id":
                return [self.documents[own] for own in map(key, wanted) if own in self.documents]
            for index in self.indexes.values():
                if index.paths == [path] and all(index.holds(path, one) for one in wanted):
                    owners = {own: None for one in wanted for own in index.entries.get((key(one),), ())}
                    return [self.documents[own] for own in owners]
        return list(self.documents.values())

    def find(self, condition, order=None, skip=0, limit=0, projection=None):
        if order == [("_id", 1)] and not sought(condition):
            if self.by_id is None:
                self.by_id = [self.documents[own] for own in sorted(self.documents)]
            found = [raw for raw in self.by_id if matches(raw, condition)] if condition[4:-1] else self.by_id
        else:
            found = [raw for raw in self.near(condition) if matches(raw, condition)]
            for path, direction in reversed(order or []):
                found.sort(key=lambda raw: sort_key(raw, path), reverse=direction < 0)
        found = found[skip : skip + limit if limit else None]
        if projection is not None and projection[4:-1]:
            wanted = Projection(projection)
            found = [wanted.apply(raw) for raw in found]
        return found

    def update(self, condition, change, upsert, many):
        """(matched, modified, _id element of a new document or None)"""
        found = [raw for raw in self.near(condition) if matches(raw, condition)]
        if not found and upsert:
            base = b"\5\0\0\0\0"
            for path, element in equalities(condition):
                base = set_path(base, path, element)
            new = self.put(changed(base, change, True))
            return 0, 0, find(new, "_id")
        modified = 0
        for raw in found if many else found[:1]:
            new = changed(raw, change, False)
            if new != raw:
                self.put(new, raw)
                modified += 1
        return len(found) if many else min(1, len(found)), modified, None


def sought(condition):
    """{path: values}: what the filter wants to be one of them; plain values, so that a key finds them."""
    wanted = {}
    for path, element in equalities(condition):
        wanted[path] = [element]
    for part in elements(condition):
        among = find(part.value, "$in") if part.type == DOCUMENT else None
        if among and not part.name.startswith("$"):
            wanted[part.name] = list(elements(among.value))
    return {path: found for path, found in wanted.items() if all(one.type not in (NULL, DOCUMENT, ARRAY) for one in found)}


def set_path(raw, path, element):
    """The document with this value at the dotted path, in place or at the end."""
    head, _, rest = path.partition(".")
    parts, there = list(elements(raw)), False
    for i, part in enumerate(parts):
        if part.name == head:
            there = True
            if not rest:
                parts[i] = Element(head, element.type, element.value)
            elif part.type == DOCUMENT:
                parts[i] = Element(head, DOCUMENT, set_path(part.value, rest, element))
            else:
                raise Refused(28, "PathNotViable", f"Cannot create field in element {head}")
    if not there:
        if rest:
            element = Element(head, DOCUMENT, set_path(b"\5\0\0\0\0", rest, element))
        parts.append(Element(head, element.type, element.value))
    return document(parts)


def unset_path(raw, path):
    head, _, rest = path.partition(".")
    kept = []
    for part in elements(raw):
        if part.name != head:
            kept.append(part)
        elif rest and part.type == DOCUMENT:
            kept.append(Element(head, DOCUMENT, unset_path(part.value, rest)))
    return document(kept)


def in_server_order(part):
    """Update operators take fields by name, numbers by value: since MongoDB 5.0, and so do new documents get them."""
    return [(0, int(name), "") if re.fullmatch("[0-9]+", name) else (1, 0, name) for name in part.name.split(".")]


def changed(raw, change, new):
    """The document after an update, or with a replacement in its place."""
    if not is_operators(Element("", DOCUMENT, change)):
        identity = find(raw, "_id")
        keep = [identity] if identity and find(change, "_id") is None else []
        return document([*keep, *elements(change)])
    for operator in elements(change):
        for part in sorted(elements(operator.value), key=in_server_order):
            if operator.name == "$set" or operator.name == "$setOnInsert" and new:
                raw = set_path(raw, part.name, part)
            elif operator.name == "$unset":
                raw = unset_path(raw, part.name)
            elif operator.name == "$inc":
                there = at_path(raw, part.name)
                total = (number(there[0]) if there else 0) + number(part)
                raw = set_path(raw, part.name, Element("", INT64, struct.pack("<q", total)))
            elif operator.name != "$setOnInsert":
                raise unknown(f"the operator {operator.name}")
    if find(raw, "_id") is None:
        return raw
    identity = find(raw, "_id")
    return document([identity, *(part for part in elements(raw) if part.name != "_id")])


class Store:
    def __init__(self):
        self.collections = {}  # "database.collection"
        self.lock = threading.RLock()

    def get(self, namespace):
        return self.collections.get(namespace) or Collection(namespace)

    def make(self, namespace, options=b"\5\0\0\0\0"):
        if namespace not in self.collections:
            self.collections[namespace] = Collection(namespace, options)
        return self.collections[namespace]

    def rename(self, old, new, drop_target):
        if old not in self.collections:
            raise Refused(26, "NamespaceNotFound", f"Source collection {old} does not exist")
        if new in self.collections and not drop_target:
            raise Refused(48, "NamespaceExists", "target namespace exists")
        moved = self.collections.pop(old)
        moved.namespace = new
        self.collections[new] = moved

    def load(self, namespace, path):
        """A file of documents, one behind the other, as mongodump writes them; a document need not be a sound one."""
        collection = self.make(namespace)
        with open(path, "rb") as file:
            data = file.read()
        at = 0
        while at < len(data):
            size = int32(data, at)
            collection.put(data[at : at + size])
            at += size

    def generate(self, namespace, count, fields):
        """Documents as in the replaced systems' collections: small whole numbers."""
        collection = self.make(namespace)
        for i in range(count):
            parts = [Element("_id", OBJECT_ID, struct.pack(">IQ", 1700000000 + i, i))]
            parts += [Element(f"field_{j}", INT32, struct.pack("<i", (i * 7 + j * j) % 11 - 5)) for j in range(fields)]
            raw = document(parts)
            collection.documents[key(parts[0])] = raw
