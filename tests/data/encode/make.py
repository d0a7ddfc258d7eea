#!/usr/bin/env python3
# Makes the tables of this folder: rows, and what scikit-learn 1.9.1 makes of them (its TargetEncoder came with 1.3). Run in the
# folder, with a Python that has it.
import csv
import warnings

import numpy
import pandas
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

warnings.simplefilter("ignore")
random = numpy.random.default_rng(4)
ROWS = 240

cities = numpy.array(["Zürich", "a", "B", "b,c", 'quoted "x"', "d e", "É"] + [f"village {i}" for i in range(60)])
shares = numpy.array([30, 20, 14, 14, 10, 9, 7] + [1] * 60)
train = pandas.DataFrame({
    "city": random.choice(cities, ROWS, p=shares / shares.sum()),
    "size": random.choice(["small", "medium", "large", "huge"], ROWS, p=[0.5, 0.3, 0.15, 0.05]),
    "yesno": random.choice(["yes", "no"], ROWS),
    "gap": random.choice(["x", "y", "z", None], ROWS, p=[0.5, 0.3, 0.1, 0.1]),
    "port": random.choice([80.0, 443, -1, 0.5, 8080, 1e12], ROWS, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05]),
}, dtype=object)
train["gap"] = train["gap"].where(train["gap"].notna(), numpy.nan)  # None would be a word like others
# The first category has one class only, so that nothing is drawn to the mean; no class has the same share in all.
chance = 0.15 + 0.5 * (train["size"] == "large") + 0.3 * (train["city"] == "a")
two = numpy.where((random.random(ROWS) < chance) & (train["size"] != "huge"), 1, 0)
three = numpy.where(two == 1, "mail", random.choice(["dns", "web"], ROWS, p=[0.3, 0.7]))
new = train.sample(50, random_state=1).reset_index(drop=True)
new.loc[3, "city"] = "unseen"
new.loc[4, "size"] = "tiny"
new.loc[6, "yesno"] = "perhaps"
new.loc[7, "port"] = 22.0
new.loc[8, "gap"] = "unseen"
columns = list(train.columns)


def write(name, table):
    table.to_csv(name, index=False, quoting=csv.QUOTE_MINIMAL, float_format="%.17g", lineterminator="\n")


write("train.csv", train.assign(two=two, three=three))
write("new.csv", new)

# Target: NUMBER or auto, binary and of three classes.
for target, labels in ("two", two), ("three", three):
    for smooth in "auto", 0.0, 12.5:
        encoder = TargetEncoder(smooth=smooth).fit(train, labels)
        names = encoder.get_feature_names_out()
        write(f"target-{target}-{smooth}.csv", pandas.DataFrame(encoder.transform(new), columns=names))

# Ordinal.
ordinals = {
    "plain": dict(unknown_value=-1),
    "missing": dict(unknown_value=numpy.nan, encoded_missing_value=-7),
    "rare": dict(unknown_value=-1, min_frequency=0.06),
    "top": dict(unknown_value=-1, max_categories=3, encoded_missing_value=99),
    "top-rare": dict(unknown_value=-1, max_categories=4, min_frequency=20),
}
for name, options in ordinals.items():
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", **options).fit(train)
    write(f"ordinal-{name}.csv", pandas.DataFrame(encoder.transform(new), columns=columns))
order = ["small", "medium", "large", "enormous"]  # "huge" is not among them, and "enormous" no row's
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, categories=[order, [8080.0, 80, 443, 22, -1, 0.5, 1e12]])
listed = encoder.fit(train[["size", "port"]]).transform(new[["size", "port"]])
write("ordinal-listed.csv", pandas.DataFrame(listed, columns=["size", "port"]))

# One-hot.
hots = {
    "top": dict(max_categories=3, handle_unknown="infrequent_if_exist"),
    "top-first": dict(max_categories=4, handle_unknown="infrequent_if_exist", drop="first"),
    "top-if-binary": dict(max_categories=2, handle_unknown="ignore", drop="if_binary"),
    "top-rare": dict(max_categories=5, min_frequency=12, handle_unknown="ignore"),
}


def write_hot(name, encoder, table, rows):
    names = [n.replace("_infrequent_sklearn", "_infrequent").replace("_nan", "_missing")
             for n in encoder.get_feature_names_out()]
    names = ["port_" + f"{float(n[5:]):g}".replace("1e+12", "1000000000000") if n.startswith("port_") and n[5:6] != "i" else n for n in names]
    write(f"one-hot-{name}.csv", pandas.DataFrame(encoder.transform(rows), columns=names))


for name, options in hots.items():
    write_hot(name, OneHotEncoder(sparse_output=False, **options).fit(train), train, new)
listed = OneHotEncoder(sparse_output=False, handle_unknown="ignore", drop="first", categories=[order, [8080.0, 80, 443, 22, -1, 0.5, 1e12]])
write_hot("listed", listed.fit(train[["size", "port"]]), train, new[["size", "port"]])
