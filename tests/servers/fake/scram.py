"""SCRAM-SHA-256, the server's side: RFC 5802 and 7677."""

import base64
import hashlib
import hmac
import os

ITERATIONS = 4096


def digest(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


class Conversation:
    def __init__(self, user, password):
        self.user, self.done, self.proven = user, False, False
        self.salt = os.urandom(28)
        self.salted = hashlib.pbkdf2_hmac("sha256", password.encode(), self.salt, ITERATIONS)

    def start(self, payload):
        """client-first: n,,n=USER,r=NONCE"""
        self.client_first = payload.partition(b",,")[2].decode()
        fields = dict(part.split("=", 1) for part in self.client_first.split(","))
        self.known = fields["n"].replace("=2C", ",").replace("=3D", "=") == self.user
        self.nonce = fields["r"] + base64.b64encode(os.urandom(18)).decode()
        self.server_first = f"r={self.nonce},s={base64.b64encode(self.salt).decode()},i={ITERATIONS}"
        return self.server_first.encode()

    def proceed(self, payload):
        """client-final: c=biws,r=NONCE,p=PROOF; None where it does not prove that the password is known"""
        if self.proven:
            self.done = True
            return b""
        final = payload.decode()
        without_proof, _, proof = final.rpartition(",p=")
        fields = dict(part.split("=", 1) for part in without_proof.split(","))
        signed = f"{self.client_first},{self.server_first},{without_proof}".encode()
        client_key = digest(self.salted, b"Client Key")
        signature = digest(hashlib.sha256(client_key).digest(), signed)
        given = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature))
        if not self.known or fields["r"] != self.nonce or not hmac.compare_digest(given, client_key):
            return None
        self.proven = True
        return b"v=" + base64.b64encode(digest(digest(self.salted, b"Server Key"), signed))
