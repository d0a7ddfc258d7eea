"""What a server answers to what our tools ask, as lines of text: agree.py URI DATABASE KIND. Two servers agree where the texts do.

KIND: of the servers that are compared, the one whose known mistakes are left out.
"""

import datetime
import sys

import bson
import pymongo
from bson.son import SON

client = pymongo.MongoClient(sys.argv[1], serverSelectionTimeoutMS=10000)
base = client[sys.argv[2]]
MISTAKES = {
    # Its cursor stays open where the limit was reached; it counts the places of upserts, not of statements.
    "ferretdb": ("exactly", "upserts again"),
    # It counts what it refused; it counts an index twice; it does not look at the filter.
    "java": ("insert the same", "the key twice", "index", "index again", "filtered"),
}.get(sys.argv[3], ())


def ask(what, *command):
    """Prints the parts of an answer that do not depend on the server."""
    try:
        answer = base.command(SON(command))
    except pymongo.errors.OperationFailure as error:
        print(what, "error", error.code)
        return
    if what in MISTAKES:
        return answer
    kept = ("n", "nModified", "numIndexesBefore", "numIndexesAfter")
    shown = {name: answer[name] for name in kept if name in answer}
    if "upserted" in answer:
        shown["upserted"] = [one["index"] for one in answer["upserted"]]
    if "writeErrors" in answer:
        shown["writeErrors"] = [(one["index"], one["code"]) for one in answer["writeErrors"]]
    batch = answer.get("cursor", {})
    print(what, shown, *batch.get("firstBatch", ()), "more" if batch.get("id") else "", sep="\n\t")
    return answer


def find(what, **options):
    return ask(what, ("find", "ids"), *options.items())


def upsert(key, extra):
    return {"q": {"_ns.key": key}, "u": {"$setOnInsert": {"_id": bson.ObjectId(f"{int(key):024x}"), **extra}}, "upsert": True}


ids = [7, "text", 2.5, bson.ObjectId("65f000000000000000000001"), None, True, datetime.datetime(2024, 1, 2), b"bytes", {"a": 1, "b": 2},
       "tex", bson.Int64(2**60), -3.25, False, {"a": 2}, bson.ObjectId("65f000000000000000000000"), "täxt"]
documents = [SON([("_id", one), ("number", i), ("deep", SON([("a", i), ("b", {"c": str(i)})])), ("list", [i, i + 1])])
             for i, one in enumerate(ids)]
by_id = {"_id": 1}
ask("insert", ("insert", "ids"), ("documents", documents))
ask("insert the same", ("insert", "ids"), ("documents", documents[:2]), ("ordered", False))
find("all by _id", sort=by_id)
find("backwards", sort={"_id": -1}, projection={"_id": 1})
for operand in (2.5, "tex", ids[3], True, ids[6], {"a": 1, "b": 2}, b"byt"):
    for operator in ("$gt", "$gte", "$lt"):
        find(f"_id {operator} {operand!r}", filter={"_id": {operator: operand}}, sort=by_id, projection={"_id": 1})
find("not less", filter={"_id": {"$not": {"$lt": ids[3]}}}, sort=by_id, projection={"_id": 1})
find("types", filter={"_id": {"$type": ["string", "objectId"]}}, sort=by_id, projection={"_id": 1})
find("behind", filter={"$or": [{"_id": {"$gt": "tex"}}, {"_id": {"$type": ["object", "bool"]}}]}, sort=by_id, projection={"_id": 1})
find("and", filter={"$and": [{"number": {"$gte": 3}}, {"number": {"$in": [1, 3, 5]}}]}, sort=by_id, projection={"number": 1})
find("equal", filter={"deep.a": 4, "list": 5}, projection={"deep.a": 1})
find("null", filter={"nothing": None}, projection={"_id": 1}, sort=by_id, limit=2)
find("without", projection={"deep": 0, "list": 0, "number": 0}, sort=by_id, limit=2)
find("without a part", projection={"deep.b": 0}, sort=by_id, limit=2)
find("with", projection={"number": 1, "deep.b.c": 1, "none": 1}, sort=by_id, limit=2)
find("without _id", projection={"number": 1, "_id": 0}, sort=by_id, limit=2)
find("date", filter={"_id": {"$gte": datetime.datetime(2024, 1, 1)}}, projection={"_id": 1})
find("nowhere", filter={"number": {"$gt": 100}})
answer = find("by batches", sort=by_id, batchSize=10, projection={"_id": 1})
more = base.command(SON([("getMore", answer["cursor"]["id"]), ("collection", "ids"), ("batchSize", 100)]))
print("rest", len(more["cursor"]["nextBatch"]), more["cursor"]["id"])
ask("get more of it", ("getMore", answer["cursor"]["id"]), ("collection", "ids"))
ask("exactly", ("find", "ids"), ("sort", by_id), ("limit", len(ids)), ("batchSize", len(ids)), ("projection", {"_id": 1}))
ask("count", ("count", "ids"), ("query", {"number": {"$lt": 5}}))
ask("aggregate", ("aggregate", "ids"), ("pipeline", [{"$match": {"number": {"$lt": 5}}}, {"$count": "n"}]), ("cursor", {}))

index = {"key": {"_ns.key": 1}, "name": "key", "unique": True, "sparse": True}
ask("index", ("createIndexes", "keyed"), ("indexes", [index]))
ask("index again", ("createIndexes", "keyed"), ("indexes", [index]))
ask("no keys", ("insert", "keyed"), ("documents", [{"_id": 1}, {"_id": 2}]))
ask("upserts", ("update", "keyed"), ("updates", [upsert("1", {"b": 1, "a": {"z": 1, "y": 2}}), upsert("2", {"c": "x"}), upsert("1", {"b": 3})]))
ask("upserts again", ("update", "keyed"), ("updates", [upsert("2", {"b": 1}), upsert("3", {"c": "x"})]), ("ordered", False))
ask("the key twice", ("insert", "keyed"), ("documents", [{"_id": 9, "_ns": {"key": "1"}}]))
ask("keyed", ("find", "keyed"), ("sort", by_id), ("projection", {"_ns": 1}))
ask("change", ("update", "keyed"), ("updates", [{"q": {"_id": 1}, "u": {"$set": {"a": 1}}}, {"q": {"_id": 2}, "u": {"$set": {"a": 2}}}]))
ask("delete", ("delete", "keyed"), ("deletes", [{"q": {"a": 1}, "limit": 0}]))
print("names", sorted(base.list_collection_names()))
if "filtered" not in MISTAKES:
    print("filtered", base.list_collection_names(filter={"name": "ids"}))
ask("create", ("create", "new"))
ask("create again", ("create", "new"))
client.admin.command(SON([("renameCollection", f"{base.name}.keyed"), ("to", f"{base.name}.other")]))
print("names", sorted(base.list_collection_names()), base.other.count_documents({}), sorted(base.other.index_information()))
ask("unknown", ("nothing", 1))
base.drop_collection("new")
client.drop_database(base.name)
print("names", base.list_collection_names())
