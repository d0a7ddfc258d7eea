#!/usr/bin/env python3
"""Makes the cases of tests/lib/tomek_test.c. Run in this folder.

two.csv, four.csv, wide.csv: features and class. FILE-gone.csv: a column per sampling strategy of imbalanced-learn's TomekLinks, named by
the classes that rows go from, a 1 for each row that goes. No two distances are equal."""
import numpy as np
from imblearn.under_sampling import TomekLinks
from imblearn.utils import check_sampling_strategy
from scipy.spatial.distance import pdist

rng = np.random.default_rng(11)


def write(name, x, y):
    far = np.sort(pdist(x))
    assert (np.diff(far) > 1e-9 * far[1:]).all()
    np.savetxt(f"{name}.csv", np.c_[x, y], fmt="%.17g", delimiter=",", comments="",
               header=",".join([*(f"f{i}" for i in range(x.shape[1])), "class"]))
    gone = {}
    for strategy in ("auto", "all", "majority", "not majority", "not minority", [0], [1]):
        classes = "".join(str(c) for c in sorted(check_sampling_strategy(strategy, y, "clean-sampling")))
        links = TomekLinks(sampling_strategy=strategy)
        links.fit_resample(x, y)
        stays = np.zeros(len(y), int)
        stays[links.sample_indices_] = 1
        assert (1 - stays).any()
        assert classes not in gone or (gone[classes] == 1 - stays).all()
        gone[classes] = 1 - stays
    np.savetxt(f"{name}-gone.csv", np.c_[tuple(gone.values())], fmt="%d", delimiter=",", header=",".join(gone), comments="")


def table(counts, features, apart):
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    return rng.normal(size=(len(y), features)) + apart * rng.normal(size=(len(counts), features))[y], y


write("two", *table((90, 40), 3, 0.8))
write("four", *table((30, 55, 41, 20), 2, 1.0))
write("wide", *table((70, 50), 20, 0.2))
