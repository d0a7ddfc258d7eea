#!/usr/bin/env python3
"""Arrow streams exchanged with pyarrow, polars and pandas, live: arrow_peer.py NS-CONVERT FOLDER

They write streams of every type we read; ns-convert passes them on; they read what came out, and it holds the same values.
Prints one line a check; the first difference ends it with a traceback. tests/arrow.bats runs it where they are installed."""
import datetime
import decimal
import io
import itertools
import subprocess
import sys

import pandas
import polars
import pyarrow as pa

CONVERT, FOLDER = sys.argv[1], sys.argv[2]


def ns_convert(data, *options):
    done = subprocess.run([CONVERT, *options], input=data, stdout=subprocess.PIPE, check=True)
    return done.stdout


def stream(table, max_rows=None, **options):
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=max_rows)
    return out.getvalue()


def read(data):
    table = pa.ipc.open_stream(data).read_all()
    table.validate(full=True)
    return table


def plain(table):
    """As we pass it on: dictionaries and views are plain."""
    kinds = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    for i, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        column = table.column(i).cast(kind) if pa.types.is_dictionary(field.type) else table.column(i)
        kind = kinds.get(kind, kind)
        table = table.set_column(i, pa.field(field.name, kind), column.cast(kind))
    return table


def all_types(rows):
    def column(kind, *values):
        return pa.array(list(itertools.islice(itertools.cycle(values), rows)), kind)
    long, day = "a text of more than twelve bytes", datetime.date(2024, 2, 29)
    when = datetime.datetime(2024, 2, 29, 23, 59, 59, 123456)
    columns = {f"int{b}": column(getattr(pa, f"int{b}")(), -2 ** (b - 1), None, 2 ** (b - 1) - 1) for b in (8, 16, 32, 64)}
    columns |= {f"uint{b}": column(getattr(pa, f"uint{b}")(), 0, None, 2 ** b - 1) for b in (8, 16, 32, 64)}
    columns |= {f"float{b}": column(getattr(pa, f"float{b}")(), 0.5, None, -1.25, float("inf")) for b in (16, 32, 64)}
    columns |= {
        "full": column(pa.int64(), *range(7)), "bool": column(pa.bool_(), True, None, False), "null": pa.nulls(rows),
        "text": column(pa.string(), "", None, long, "é"), "large": column(pa.large_string(), long, None),
        "view": column(pa.string_view(), long, None, "short"), "binary": column(pa.binary(), b"\0\xff", None),
        "large_binary": column(pa.large_binary(), b"x", None), "binary_view": column(pa.binary_view(), long.encode(), None),
        "fixed": column(pa.binary(3), b"abc", None), "date32": column(pa.date32(), day, None), "date64": column(pa.date64(), day, None),
        "time32": column(pa.time32("ms"), datetime.time(1, 2, 3), None), "time64": column(pa.time64("us"), datetime.time(1, 2, 3, 4), None),
        "timestamp": column(pa.timestamp("us"), when, None), "zone": column(pa.timestamp("ns", "Europe/Bratislava"), 1709247599123456789, None),
        "duration": column(pa.duration("s"), 5, None), "decimal32": column(pa.decimal32(5, 2), decimal.Decimal("1.23"), None),
        "decimal64": column(pa.decimal64(15, 2), decimal.Decimal("-1.23"), None),
        "decimal128": column(pa.decimal128(38, 4), decimal.Decimal("123456789.0001"), None),
        "decimal256": column(pa.decimal256(70, 0), decimal.Decimal(10) ** 60, None),
        "category": column(pa.string(), "hi", None, "lo").dictionary_encode(), "category_of_int": column(pa.int64(), 7, None, 8).dictionary_encode(),
    }
    return pa.table(columns)


def check(name, condition):
    assert condition, name
    print(name)


def pyarrow_streams():
    for rows in (0, 1, 3, 8192, 20001):
        table = all_types(rows)
        want = plain(table)
        for codec, cut in itertools.product((None, "lz4", "zstd"), (None, 1000)):
            got = read(ns_convert(stream(table, cut, compression=codec), "-O", "arrow"))
            check(f"pyarrow: {rows} rows, {codec}, batches of {cut}", got.equals(want))
        sliced = table.slice(rows // 3)
        check(f"pyarrow: slice of {rows} rows", read(ns_convert(stream(sliced), "-O", "arrow")).equals(plain(sliced)))
    table = all_types(3)
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    check("pyarrow: file form", read(ns_convert(out.getvalue(), "-O", "arrow")).equals(plain(table)))
    check("two streams", read(ns_convert(stream(table) * 2, "-O", "arrow")).equals(pa.concat_tables([plain(table)] * 2)))
    rows = pa.array([1, 0, 1], pa.int32())
    schema = pa.schema([("d", pa.dictionary(pa.int32(), pa.string()))])
    for deltas in (True, False):
        out = io.BytesIO()
        options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=deltas)
        with pa.ipc.new_stream(out, schema, options=options) as writer:
            for words in (["a", "b"], ["a", "b", "c"]):
                writer.write_batch(pa.record_batch([pa.DictionaryArray.from_arrays(rows, words)], schema=schema))
        check(f"pyarrow: dictionaries that change, deltas {deltas}", read(ns_convert(out.getvalue(), "-O", "arrow")).to_pydict() == {"d": ["b", "a", "b"] * 2})


def polars_streams():
    frame = polars.DataFrame({
        "n": [1.5, None, 3.25], "i": [1, None, -3], "u": polars.Series([1, None, 3], dtype=polars.UInt8), "s": ["a", None, "a text of more than twelve bytes"],
        "b": [True, None, False], "d": [datetime.date(2024, 2, 29), None, datetime.date(1, 1, 1)], "t": [datetime.datetime(2024, 2, 29, 1, 2, 3), None, None],
        "c": polars.Series(["x", None, "x"], dtype=polars.Categorical), "e": polars.Series(["hi", None, "lo"], dtype=polars.Enum(["lo", "hi"])),
        "x": [b"\0", None, b""], "p": polars.Series(["1.20", None, "3.00"]).str.to_decimal(scale=2)})
    want = frame.with_columns(polars.col("c", "e").cast(polars.String))
    for codec, old in itertools.product(("uncompressed", "lz4", "zstd"), (None, polars.CompatLevel.oldest())):
        out = io.BytesIO()
        frame.write_ipc_stream(out, compression=codec, compat_level=old)
        got = polars.read_ipc_stream(io.BytesIO(ns_convert(out.getvalue(), "-O", "arrow")))
        check(f"polars: {codec}, {'oldest' if old else 'newest'} layout", got.equals(want, null_equal=True) and got.schema == want.schema)
    out = io.BytesIO()
    frame.drop("c", "e").write_ipc(out)  # in the file form polars puts dictionaries behind the batches that need them
    got = polars.read_ipc_stream(io.BytesIO(ns_convert(out.getvalue(), "-O", "arrow")))
    check("polars: file form", got.equals(want.drop("c", "e"), null_equal=True))
    check("polars: no rows", polars.read_ipc_stream(io.BytesIO(ns_convert(stream(pa.table({"a": pa.array([], pa.int64())})), "-O", "arrow"))).shape == (0, 1))


def pandas_frames():
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pandas.Categorical(["u", "v"])}, index=pandas.Index([10, 20], name="key"))
    data = stream(pa.Table.from_pandas(frame))
    back = read(ns_convert(data, "-O", "arrow")).to_pandas()
    check("pandas: index and all columns", back.index.tolist() == [10, 20] and back["c"].tolist() == ["u", "v"] and list(back.columns) == ["a", "b", "c"])
    less = read(ns_convert(data, "-O", "arrow", "-x", "key"))
    check("pandas: its index taken away", b"pandas" not in (less.schema.metadata or {}) and list(less.to_pandas().columns) == ["a", "b", "c"])


def from_csv():
    data = ns_convert(b'id,x,name\n007,1.5,"a,b"\n008,,c\n009,-2,\n', "-O", "arrow")
    want = {"id": ["007", "008", "009"], "x": [1.5, None, -2.0], "name": ["a,b", "c", None]}
    check("CSV, read by pyarrow", read(data).to_pydict() == want)
    check("CSV, read by polars", polars.read_ipc_stream(io.BytesIO(data)).to_dict(as_series=False) == want)
    path = f"{FOLDER}/from-csv.arrows"
    with open(path, "wb") as file:
        file.write(data)
    check("CSV, read by pandas", pandas.DataFrame(pa.ipc.open_stream(path).read_pandas()).shape == (3, 3))


pyarrow_streams()
polars_streams()
pandas_frames()
from_csv()
