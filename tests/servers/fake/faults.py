"""Faults: what goes wrong, at which answer, and how the wrong answer looks."""

import os
import random
import re
import signal
import socket
import struct
import threading
import time

HELP = """
faults: --fault COMMANDS:WHEN:ACTION, as often as wanted; the first that fits an answer decides it (pace and slow add up)

  COMMANDS  find, getMore, insert, update, hello ... or several with + between, or any (all but hello, isMaster, sasl...)
  WHEN      counts the answers to COMMANDS, over all connections:
            3    the third alone      3-   from the third on      3-5   these      %3   every third      *   all
            p0.1 each with that probability (--seed)
  ACTION    drop            the connection is closed instead of an answer
            drop=BYTES      ... after so many bytes of the answer; drop=? after a random number of them
            after           the answer is sent, then the connection is closed
            lost            the command is carried out, but the connection is closed instead of the answer
            error=CODE      an error of that code: 43 CursorNotFound, 10107 NotWritablePrimary, 189 PrimarySteppedDown,
                            11602 InterruptedDueToReplStateChange, 91 ShutdownInProgress, 50 MaxTimeMSExpired, 13 Unauthorized,
                            11000 DuplicateKey (as a write error where the command writes), any other
            lost-error=CODE the command is carried out, and then answered by that error
            kill-cursors    the command finds its cursor gone (and all others are)
            silent          no answer, ever; the connection stays open
            slow=MS         the answer comes that much later
            pace=BYTES/MS   the answer comes in pieces of so many bytes, so long apart (pace=1/0: byte by byte)
            garbage=BYTES   so many random bytes instead of the answer
            length=N        the message says that it is N bytes long
            bson=N          the document in the message says that it is N bytes long
            cut=BYTES       the answer lacks its last bytes; the message's length fits, the document's does not
            flip=BITS       so many bits of the answer's body are turned over
            answer-to=N     the answer says that it is one to another message
            die             the server is gone at once, as by kill -9; die=? in the middle of the answer

With --faults FILE they stand in a file, one in a line, that is looked at before each answer: where it is another one (put there by mv),
its faults take the place of those before, and are counted from the beginning.
"""

NAMES = {
    13: "Unauthorized", 43: "CursorNotFound", 50: "MaxTimeMSExpired", 91: "ShutdownInProgress", 189: "PrimarySteppedDown",
    10107: "NotWritablePrimary", 11000: "DuplicateKey", 11600: "InterruptedAtShutdown", 11602: "InterruptedDueToReplStateChange",
}
RETRYABLE = (91, 189, 10107, 11600, 11602)
QUIET = ("hello", "isMaster", "ismaster", "saslStart", "saslContinue")
PLAIN = ("drop", "after", "lost", "kill-cursors", "silent", "die")
VALUED = ("drop", "error", "lost-error", "slow", "pace", "garbage", "length", "bson", "cut", "flip", "answer-to", "die")


class Gone(Exception):
    """The connection is to be closed."""


class Fault:
    def __init__(self, text, chance):
        try:
            commands, self.when, action = text.split(":", 2)
        except ValueError:
            raise ValueError(f"--fault {text}: not COMMANDS:WHEN:ACTION") from None
        self.commands = None if commands == "any" else commands.split("+")
        self.name, self.given, self.value = action.partition("=")
        if self.name not in (VALUED if self.given else PLAIN):
            raise ValueError(f"--fault {text}: no such action")
        if not re.fullmatch(r"\d+|\d+-\d*|%\d+|\*|p[\d.]+", self.when):
            raise ValueError(f"--fault {text}: WHEN is not understood")
        self.count, self.chance = 0, chance

    def fits(self, command):
        """Counts the command in, where it is one of these, and says whether this one is struck."""
        if command in QUIET if self.commands is None else command not in self.commands:
            return False
        self.count += 1
        when = self.when
        if when == "*":
            return True
        if when[0] == "p":
            return self.chance.random() < float(when[1:])
        if when[0] == "%":
            return self.count % int(when[1:]) == 0
        first, dash, last = when.partition("-")
        return int(first) <= self.count <= (int(last) if last else float("inf") if dash else int(first))


class Faults:
    """All of them together, and how an answer goes out."""

    def __init__(self, texts, path, seed):
        self.chance = random.Random(seed)
        self.faults = [Fault(text, self.chance) for text in texts]
        self.path, self.file = path, None
        self.lock = threading.Lock()

    def look(self):
        """Takes what stands in the file, where that is another one."""
        try:
            file = os.stat(self.path).st_ino
        except FileNotFoundError:
            file = None
        if file != self.file:
            with open(self.path, encoding="utf-8") as lines:
                self.faults = [Fault(line.strip(), self.chance) for line in lines if line.strip()]
            self.file = file

    def of(self, command):
        """What strikes this command: {action: value}"""
        with self.lock:
            if self.path:
                self.look()
            struck = {}
            for fault in self.faults:
                if fault.fits(command) and (not set(struck) - {"pace", "slow"} or fault.name in ("pace", "slow")):
                    struck.setdefault(fault.name, fault.value)
            return struck

    def position(self, value, size):
        return self.chance.randrange(size) if value == "?" else int(value or 0)

    def send(self, connection, message, struck):
        """The answer, or what is left of it."""
        if "slow" in struck:
            time.sleep(int(struck["slow"]) / 1000)
        if "silent" in struck:
            while connection.recv(1 << 16):
                pass
            raise Gone
        if "drop" in struck:
            self.send_paced(connection, message[: self.position(struck["drop"], len(message))], struck)
            raise Gone
        if "lost" in struck:
            raise Gone
        if "die" in struck:
            self.send_paced(connection, message[: self.position(struck["die"], len(message))], struck)
            os.kill(os.getpid(), signal.SIGKILL)
        self.send_paced(connection, self.spoilt(message, struck), struck)
        if "after" in struck or "cut" in struck or "garbage" in struck:
            raise Gone

    def spoilt(self, message, struck):
        message = bytearray(message)
        body = 36 if struct.unpack_from("<i", message, 12)[0] == 1 else 21
        if "garbage" in struck:
            return self.chance.randbytes(int(struck["garbage"]))
        if "length" in struck:
            struct.pack_into("<i", message, 0, int(struck["length"]))
        if "answer-to" in struck:
            struct.pack_into("<i", message, 8, int(struck["answer-to"]))
        if "bson" in struck:
            struct.pack_into("<i", message, body, int(struck["bson"]))
        if "cut" in struck:
            del message[max(16, len(message) - int(struck["cut"])) :]
            struct.pack_into("<i", message, 0, len(message))
        for _ in range(int(struck.get("flip", 0))):
            message[self.chance.randrange(body, len(message))] ^= 1 << self.chance.randrange(8)
        return bytes(message)

    @staticmethod
    def send_paced(connection, data, struck):
        size, _, pause = struck.get("pace", f"{len(data) or 1}/0").partition("/")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), int(size)):
            connection.sendall(data[at : at + int(size)])
            if int(pause or 0):
                time.sleep(int(pause) / 1000)
