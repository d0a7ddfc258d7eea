"""BSON as bytes: what a document holds, its order, and how it is put together.

Documents stay the bytes that came: no date is out of range here, no field comes twice and is one, no text is refused.

	document   int32 length of all | elements | 00
	element    type | name 00 | value          an Element is (name, type, value), all of it undecoded
"""

import struct
from collections import namedtuple
from decimal import Decimal

from bson.decimal128 import Decimal128

Element = namedtuple("Element", "name type value")

DOUBLE, STRING, DOCUMENT, ARRAY, BINARY, UNDEFINED, OBJECT_ID, BOOL, DATE, NULL, REGEX = range(1, 12)
DBPOINTER, CODE, SYMBOL, SCOPED_CODE, INT32, TIMESTAMP, INT64, DECIMAL128 = range(12, 20)
MAX_KEY, MIN_KEY = 0x7F, 0xFF

ALIASES = {
    "double": DOUBLE, "string": STRING, "object": DOCUMENT, "array": ARRAY, "binData": BINARY, "undefined": UNDEFINED,
    "objectId": OBJECT_ID, "bool": BOOL, "date": DATE, "null": NULL, "regex": REGEX, "dbPointer": DBPOINTER,
    "javascript": CODE, "symbol": SYMBOL, "javascriptWithScope": SCOPED_CODE, "int": INT32, "timestamp": TIMESTAMP,
    "long": INT64, "decimal": DECIMAL128, "minKey": MIN_KEY, "maxKey": MAX_KEY,
}
NUMBERS = (DOUBLE, INT32, INT64, DECIMAL128)

# The order of types in a sort: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
RANKS = {
    MIN_KEY: 0, UNDEFINED: 1, NULL: 1, DOUBLE: 2, INT32: 2, INT64: 2, DECIMAL128: 2, STRING: 3, SYMBOL: 3, DOCUMENT: 4,
    ARRAY: 5, BINARY: 6, OBJECT_ID: 7, BOOL: 8, DATE: 9, TIMESTAMP: 10, REGEX: 11, DBPOINTER: 12, CODE: 13, SCOPED_CODE: 14,
    MAX_KEY: 15,
}
FIXED = {
    DOUBLE: 8, UNDEFINED: 0, OBJECT_ID: 12, BOOL: 1, DATE: 8, NULL: 0, INT32: 4, TIMESTAMP: 8, INT64: 8, DECIMAL128: 16,
    MAX_KEY: 0, MIN_KEY: 0,
}


def int32(data, at=0):
    return struct.unpack_from("<i", data, at)[0]


def value_size(kind, data, at):
    if kind in FIXED:
        return FIXED[kind]
    if kind in (STRING, SYMBOL, CODE):
        return 4 + int32(data, at)
    if kind in (DOCUMENT, ARRAY, SCOPED_CODE):
        return int32(data, at)
    if kind == BINARY:
        return 5 + int32(data, at)
    if kind == REGEX:
        return data.index(0, data.index(0, at) + 1) + 1 - at
    if kind == DBPOINTER:
        return 16 + int32(data, at)
    raise ValueError(f"type {kind:#x} is none of BSON's")


def elements(document):
    """The elements of a document, in its order."""
    at, end = 4, len(document) - 1
    while at < end:
        kind = document[at]
        name_end = document.index(0, at + 1)
        size = value_size(kind, document, name_end + 1)
        yield Element(document[at + 1 : name_end].decode(), kind, document[name_end + 1 : name_end + 1 + size])
        at = name_end + 1 + size


def document(parts):
    """The document of these elements."""
    body = b"".join(bytes([part.type]) + part.name.encode() + b"\0" + part.value for part in parts)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def array(documents):
    """An array's value: documents as its elements."""
    return document(Element(str(i), DOCUMENT, one) for i, one in enumerate(documents))


def find(raw, name):
    return next((element for element in elements(raw) if element.name == name), None)


def number(element):
    if element.type == DOUBLE:
        return struct.unpack("<d", element.value)[0]
    if element.type == INT32:
        return int32(element.value)
    if element.type == INT64:
        return struct.unpack("<q", element.value)[0]
    return Decimal128.from_bid(element.value).to_decimal()


def text(element):
    return element.value[4:-1]


def key(element):
    """What sorts as the server sorts: (rank of the type, what compares within it)."""
    kind, value, rank = element.type, element.value, RANKS[element.type]
    if kind in NUMBERS:
        plain = number(element)
        if plain != plain:
            return rank, 0, 0
        if isinstance(plain, float) and plain not in (float("inf"), float("-inf")):
            plain = Decimal(plain)
        return rank, 1, plain
    if kind in (STRING, SYMBOL):
        return rank, text(element)
    if kind in (DOCUMENT, ARRAY):
        return rank, tuple((RANKS[part.type], part.name, key(part)) for part in elements(value))
    if kind == BINARY:
        return rank, int32(value), value[4], value[5:]
    if kind == DATE:
        return rank, struct.unpack("<q", value)[0]
    if kind == TIMESTAMP:
        return rank, struct.unpack("<Q", value)[0]
    return rank, value if kind in (OBJECT_ID, BOOL, REGEX, DBPOINTER, CODE, SCOPED_CODE) else b""
