#!/usr/bin/python3
# Makes numbers-new.csv, scaled-*.csv and normal.csv: what scikit-learn 1.2.1's scalers, with every option they have, learn from
# numbers.csv (of make.py) and make of other rows; and SciPy's quantiles of the normal distribution. Run in the folder.
import numpy
import pandas
from scipy.special import ndtri
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

random = numpy.random.default_rng(21)
numbers = pandas.read_csv("numbers.csv", float_precision="round_trip")


def write(name, table):
    table.to_csv(name, index=False, float_format="%.17g", lineterminator="\n")


new = numbers.sample(24, random_state=3).reset_index(drop=True) * random.normal(1, 1.5, (24, 1))
new[random.random(new.shape) < 0.1] = numpy.nan
write("numbers-new.csv", new)
scalers = {
    "standard-no-center": StandardScaler(with_mean=False),
    "standard-no-scale": StandardScaler(with_std=False),
    "standard-neither": StandardScaler(with_mean=False, with_std=False),
    "min-max-clip": MinMaxScaler(clip=True),
    "min-max-range-clip": MinMaxScaler((-2.5, 0.75), clip=True),
    "robust-no-center": RobustScaler(with_centering=False),
    "robust-no-scale": RobustScaler(with_scaling=False),
    "robust-unit-variance": RobustScaler(unit_variance=True),
    "robust-quantiles-unit-variance": RobustScaler(quantile_range=(0.5, 62.5), unit_variance=True, with_centering=False),
    "max-abs": MaxAbsScaler(),
}
for name, scaler in scalers.items():
    write(f"scaled-{name}.csv", pandas.DataFrame(scaler.fit(numbers).transform(new), columns=numbers.columns))

shares = numpy.concatenate([10.0 ** numpy.arange(-300, 0, 23), numpy.linspace(0.001, 0.999, 81), 1 - 10.0 ** numpy.arange(-15, -2)])
write("normal.csv", pandas.DataFrame({"share": shares, "value": ndtri(shares)}))
