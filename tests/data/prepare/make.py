#!/usr/bin/python3
# Makes the tables of this folder: rows, and what scikit-learn 1.2.1 makes of them. Run in the folder.
import csv
import warnings

import numpy
import pandas
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler

warnings.simplefilter("ignore")
random = numpy.random.default_rng(20)
ROWS = 101

numbers = {
    "normal": random.normal(3, 2, ROWS),
    "codes": random.integers(-1, 2, ROWS).astype(float),
    "large": 100 + random.random(ROWS),
    "huge": random.normal(0, 1e150, ROWS),
    "tiny": random.normal(0, 1e-9, ROWS),
    "below": random.normal(0, 1e-20, ROWS),  # a spread that scikit-learn takes for none
    "constant": numpy.full(ROWS, 7.3),
    "nearly": 1 + numpy.arange(ROWS) % 2 * numpy.finfo(float).eps,  # equal but for rounding
    "tied": random.integers(0, 4, ROWS) * 0.1,
    "skewed": numpy.exp(random.normal(0, 3, ROWS)),
}
for i, name in enumerate(numbers):
    if i % 2 == 0:
        numbers[name][random.random(ROWS) < 0.1 * i] = numpy.nan
numbers = pandas.DataFrame(numbers)


def write(name, table):
    table.to_csv(name, index=False, float_format="%.17g", lineterminator="\n")


write("numbers.csv", numbers)
for strategy in "mean", "median", "most_frequent", "constant":
    imputer = SimpleImputer(strategy=strategy, fill_value=-5.5 if strategy == "constant" else None)
    write(f"impute-{strategy}.csv", pandas.DataFrame(imputer.fit_transform(numbers), columns=numbers.columns))
scalers = {
    "standard": StandardScaler(),
    "min-max": MinMaxScaler(),
    "min-max-range": MinMaxScaler((-2.5, 0.75)),
    "robust": RobustScaler(),
    "robust-quantiles": RobustScaler(quantile_range=(5, 87.5)),
}
for name, scaler in scalers.items():
    write(f"scale-{name}.csv", pandas.DataFrame(scaler.fit_transform(numbers), columns=numbers.columns))

words = ["Zürich", "a", "B", "b,c", 'quoted "x"', "d e", "rare", "rarer", "É"]
shares = numpy.array([20, 15, 14, 12, 10, 9, 2, 1, 7.0])
train = pandas.DataFrame({
    "city": random.choice(words, 120, p=shares / shares.sum()),
    "yesno": random.choice(["yes", "no"], 120),
    "one": ["same"] * 120,
    "gap": random.choice(["x", "y", None], 120, p=[0.6, 0.35, 0.05]),
}, dtype=object)
test = train.sample(40, random_state=1).reset_index(drop=True)
test.loc[3, "city"] = "unseen"
test.loc[4, "yesno"] = "perhaps"
test.loc[5, "one"] = "another"
test.loc[6, "city"] = None
for name, table in ("words.csv", train), ("words-new.csv", test):
    table.to_csv(name, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")

text = SimpleImputer(strategy="most_frequent", missing_values=None).fit(train)
pandas.DataFrame(text.transform(test), columns=test.columns).to_csv("impute-text.csv", index=False, lineterminator="\n")

encoders = {
    "plain": dict(handle_unknown="ignore"),
    "first": dict(handle_unknown="ignore", drop="first"),
    "if-binary": dict(handle_unknown="ignore", drop="if_binary"),
    "rare-3": dict(handle_unknown="infrequent_if_exist", min_frequency=3),
    "rare-share": dict(handle_unknown="infrequent_if_exist", min_frequency=0.1),
    "rare-first": dict(handle_unknown="infrequent_if_exist", min_frequency=0.1, drop="first"),
    "rare-ignore": dict(handle_unknown="ignore", min_frequency=0.1, drop="if_binary"),
}
for name, options in encoders.items():
    encoder = OneHotEncoder(sparse_output=False, **options).fit(train)
    names = [n.replace("_infrequent_sklearn", "_infrequent").replace("gap_None", "gap_missing") for n in encoder.get_feature_names_out()]
    pandas.DataFrame(encoder.transform(test), columns=names).to_csv(f"encode-{name}.csv", index=False, float_format="%g", lineterminator="\n")

# Missing values are its business only since 1.3, so that the columns without any are compared.
columns = ["yesno", "one"]
ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(train[columns])
pandas.DataFrame(ordinal.transform(test[columns]), columns=columns).to_csv("encode-ordinal.csv", index=False, float_format="%g", lineterminator="\n")
