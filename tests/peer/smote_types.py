#!/usr/bin/env python3
"""Arrow types through ns-smote: `make` writes tables LABEL.arrow in this folder, each with a label of another type; `check` compares
LABEL.out, what ns-smote -t y -c int,flag (and those named behind `check`, whose values are copied) made of them."""
import datetime
import decimal
import sys

import pyarrow as pa

ROWS, BAD = 30, 10
is_bad = [i % 3 == 0 for i in range(ROWS)]
text = ["bad" if bad else "good" for bad in is_bad]
labels = {
    "int8": pa.array([-1 if bad else 1 for bad in is_bad], pa.int8()),
    "bool": pa.array(is_bad),
    "text": pa.array(text),
    "large": pa.array(text, pa.large_utf8()),
    "dictionary": pa.array(text).dictionary_encode(),
    "decimal": pa.array([decimal.Decimal("1.50" if bad else "2.00") for bad in is_bad]),
}
features = {"int": pa.array([i % 5 - 2 for i in range(ROWS)], pa.int16()), "flag": pa.array([i % 2 == 0 for i in range(ROWS)])}
others = {
    "when": pa.array([datetime.datetime(2024, 5, 1 + i) for i in range(ROWS)], pa.timestamp("us", "UTC")),
    "id": pa.array(range(ROWS), pa.uint64()),
    "raw": pa.array([b"x"] * ROWS, pa.binary(1)),
    "word": pa.array(["w"] * ROWS, pa.large_utf8()),
    "nothing": pa.nulls(ROWS),
    "yes": pa.array([True] * ROWS),
}


def make(name, label):
    table = pa.table({"flag": features["flag"], **others, "y": label, "int": features["int"]})
    with pa.ipc.new_stream(name + ".arrow", table.schema) as out:
        out.write_table(table, max_chunksize=11)


def check(name, label):
    was = pa.ipc.open_stream(name + ".arrow").read_all()
    now = pa.ipc.open_stream(name + ".out").read_all()
    now.validate(full=True)
    assert now.column_names == was.column_names + ["ns:synthetic"]
    assert now["ns:synthetic"].to_pylist() == [0] * ROWS + [1] * BAD
    copied = sys.argv[2:]
    for column in was.column_names:
        before, after = was.schema.field(column).type, now.schema.field(column).type
        assert after == (pa.float64() if column in features and column not in copied else pa.utf8() if pa.types.is_dictionary(before) else before), (name, column, after)
        assert now[column][:ROWS].to_pylist() == was[column].to_pylist(), (name, column)
        if column in copied:
            assert set(now[column][ROWS:].to_pylist()) <= set(was[column].to_pylist()), (name, column)
        elif column in others:
            assert now[column][ROWS:].null_count == BAD, (name, column)
    assert now["y"][ROWS:].to_pylist() == [was["y"][0].as_py()] * BAD, name


for name, label in labels.items():
    {"make": make, "check": check}[sys.argv[1]](name, label)
