#!/usr/bin/python3
# Makes gaps.csv, gaps-new.csv, holes.csv, holes-new.csv, far.csv, far-new.csv and
# imputed-*.csv: what scikit-learn 1.2.1's SimpleImputer, with every option it has, KNNImputer with flags, and
# MissingIndicator learn from the former and make of the others. Run in the folder.
import warnings

import numpy
import pandas
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer

warnings.simplefilter("ignore")
random = numpy.random.default_rng(22)
ROWS = 41


def punch(table, share, whole):
    """Missing values in all columns but `whole`, at random."""
    for name in table.columns:
        if name != whole:
            table.loc[random.random(len(table)) < share, name] = None
    return table


def numbers():
    return pandas.DataFrame({
        "real": random.normal(3, 2, ROWS),
        "whole": random.normal(0, 1e6, ROWS),
        "code": random.integers(-1, 2, ROWS).astype(float),
        "few": random.integers(0, 4, ROWS) * 0.1,
        "none": numpy.full(ROWS, numpy.nan),
    })


def texts():
    return pandas.DataFrame({
        "city": random.choice(["b", "a", "Zürich", "c,d"], ROWS),
        "whole": random.choice(["x", "y", "z"], ROWS),
        "blank": random.choice(["yes", "no"], ROWS),
    }, dtype=object)


def write(name, table):
    table.to_csv(name, index=False, float_format="%.17g", lineterminator="\n")


def flagged(imputer, table):
    """The imputed table, names as ns-impute gives them."""
    names = imputer.get_feature_names_out(table.columns)
    names = [n.removeprefix("missingindicator_") + "_missing" if n.startswith("missingindicator_") else n for n in names]
    return pandas.DataFrame(imputer.transform(table), columns=names)


train, test = punch(numbers(), 0.2, "whole"), punch(numbers(), 0.3, None).drop(columns="none")
test["none"] = numpy.where(random.random(ROWS) < 0.5, numpy.nan, 7.5)  # values that training had not
write("gaps.csv", train)
write("gaps-new.csv", test)
for strategy in "mean", "median", "most_frequent", "constant":
    for empty in "drop", "fill":
        imputer = SimpleImputer(strategy=strategy, add_indicator=True, keep_empty_features=empty == "fill", fill_value=0)
        write(f"imputed-{strategy}-{empty}.csv", flagged(imputer.fit(train), test))
marked = train.fillna(-1)  # where -1 is a code, too
write("imputed-na.csv", flagged(SimpleImputer(missing_values=-1, strategy="mean", add_indicator=True).fit(marked), test.fillna(-1)))
flags = MissingIndicator(features="all").fit(train).transform(test)
write("imputed-flags.csv", pandas.DataFrame(flags.astype(int), columns=[n + "_missing" for n in test.columns]))

train, test = punch(texts(), 0.25, "whole"), punch(texts(), 0.25, None)
write("holes.csv", train)
write("holes-new.csv", test)
for strategy in "most_frequent", "constant":
    imputer = SimpleImputer(strategy=strategy, missing_values=None, add_indicator=True, fill_value="gone")
    table = flagged(imputer.fit(train), test)
    flags = [n for n in table.columns if n.endswith("_missing")]
    write(f"imputed-text-{strategy}.csv", table.astype({n: int for n in flags}))

# No two rows are equally far, so that it is clear which are the nearest.
train, test = (pandas.DataFrame(random.normal(3, 2, (ROWS, 5)), columns=["a", "whole", "b", "c", "none"]) for _ in range(2))
train["none"] = numpy.nan
train, test = punch(train, 0.3, "whole"), punch(test, 0.4, None)
write("far.csv", train)
write("far-new.csv", test)
for weights in "uniform", "distance":
    imputer = KNNImputer(n_neighbors=3, weights=weights, add_indicator=True)
    write(f"imputed-knn-{weights}.csv", flagged(imputer.fit(train), test))
