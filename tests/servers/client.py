"""What tests ask of a server: client.py URI COMMAND DATABASE [COLLECTION], by pymongo.

insert    documents of stdin, extended JSON lines, in their order
count     how many documents
dump      all documents by _id, a line of canonical extended JSON each
raw       the same as a .bson file: bytes, one document behind the other
indexes   a line of JSON per index, by name
drop      the collection, or the whole database where none is named
names     the collections of the database, a line each
command   runs a command, a line of extended JSON on stdin; its answer goes out
"""

import json
import os
import sys

import bson
import pymongo
from bson import json_util
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from bson.son import SON

READ = json_util.JSONOptions(document_class=SON, tz_aware=False)
WRITE = json_util.CANONICAL_JSON_OPTIONS


def main(uri, action, database, collection=None):
    client = pymongo.MongoClient(uri, serverSelectionTimeoutMS=10000)
    base = client[database]
    raw = base.get_collection(collection, codec_options=CodecOptions(document_class=RawBSONDocument)) if collection else None
    if action == "insert":
        documents = [RawBSONDocument(bson.encode(json_util.loads(line, json_options=READ))) for line in sys.stdin if line.strip()]
        # Some servers take no more than some megabytes at once, or do so slowly.
        for at in range(0, len(documents), 1000):
            raw.insert_many(documents[at : at + 1000])
    elif action == "count":
        print(base[collection].count_documents({}))
    elif action in ("dump", "raw"):
        for document in raw.find({}, sort=[("_id", 1)]):
            if action == "raw":
                sys.stdout.buffer.write(document.raw)
            else:
                print(json_util.dumps(bson.decode(document.raw, CodecOptions(SON)), json_options=WRITE, ensure_ascii=False))
    elif action == "indexes":
        for index in sorted(base[collection].list_indexes(), key=lambda one: one["name"]):
            print(json.dumps({name: index[name] for name in index if name not in ("v", "ns")}))
    elif action == "drop":
        base.drop_collection(collection) if collection else client.drop_database(database)
    elif action == "names":
        print("\n".join(sorted(base.list_collection_names())))
    elif action == "command":
        print(json_util.dumps(base.command(json_util.loads(sys.stdin.read(), json_options=READ)), json_options=WRITE))
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
sys.stdout.flush()
os._exit(0)  # pymongo's threads would be waited for, half a second each time
