"""Messages on the wire: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/

	message    int32 length | int32 id | int32 answer to | int32 opcode | body
	OP_QUERY   int32 flags | database.$cmd 00 | int32 skip | int32 count | document          2004, the first hello
	OP_REPLY   int32 flags | int64 cursor | int32 from | int32 count | document              1
	OP_MSG     int32 flags | sections | [crc32c]                                             2013
	section    00 document                                  the command or its answer
	           01 int32 size | name 00 | documents          a sequence of documents of the command
"""

import struct

from values import document, elements, int32

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
CHECKSUM, MORE_TO_COME = 1, 2
LIMIT = 48_000_000


class Request:
    """One command: its database, its body as bytes, its sequences, and how it is to be answered."""

    def __init__(self, identity, opcode, database, body, sequences, answered=True):
        self.identity, self.opcode, self.database, self.body, self.sequences = identity, opcode, database, body, sequences
        self.answered = answered
        self.parts = {part.name: part for part in elements(body)}
        self.name = next(iter(self.parts), "")

    def documents(self, name):
        """The documents of an array or a sequence of that name."""
        if name in self.sequences:
            return self.sequences[name]
        return [part.value for part in elements(self.parts[name].value)] if name in self.parts else []


def receive(connection, size):
    data = bytearray()
    while len(data) < size:
        more = connection.recv(min(1 << 20, size - len(data)))
        if not more:
            return None
        data += more
    return bytes(data)


def read_request(connection):
    """The next request, or None where the client has gone."""
    header = receive(connection, 16)
    if header is None:
        return None
    length, identity, _, opcode = struct.unpack("<iiii", header)
    if not 16 <= length <= LIMIT:
        raise ValueError(f"a message of {length} bytes")
    body = receive(connection, length - 16)
    if body is None:
        return None
    if opcode == OP_QUERY:
        end = body.index(0, 4)
        database = body[4:end].decode().rpartition(".$cmd")[0]
        at = end + 9
        return Request(identity, opcode, database, body[at : at + int32(body, at)], {})
    if opcode == OP_MSG:
        return read_message(identity, body)
    raise ValueError(f"opcode {opcode}")


def read_message(identity, data):
    flags = int32(data)
    at, end = 4, len(data) - (4 if flags & CHECKSUM else 0)
    command, sequences = None, {}
    while at < end:
        kind, size = data[at], int32(data, at + 1)
        section = data[at + 1 : at + 1 + size]
        at += 1 + size
        if kind == 0:
            command = section
        else:
            name_end = section.index(0, 4)
            inner, documents = name_end + 1, []
            while inner < size:
                documents.append(section[inner : inner + int32(section, inner)])
                inner += int32(section, inner)
            sequences[section[4:name_end].decode()] = documents
    database = next(part.value[4:-1].decode() for part in elements(command) if part.name == "$db")
    return Request(identity, OP_MSG, database, command, sequences, not flags & MORE_TO_COME)


def reply(request, body, identity):
    if request.opcode == OP_QUERY:
        head, opcode = struct.pack("<iqii", 8, 0, 0, 1), OP_REPLY
    else:
        head, opcode = struct.pack("<ib", 0, 0), OP_MSG
    return struct.pack("<iiii", 16 + len(head) + len(body), identity, request.identity, opcode) + head + body


EMPTY = document(())
