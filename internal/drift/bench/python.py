"""Times what `go test -bench Python ./internal/drift` times, in scipy.

    /usr/bin/python3 internal/drift/bench/python.py

It needs python3 with numpy and scipy (Debian: python3-scipy) and go. Two samples
of a million rows, twelve columns of numbers and eight of categories: ks_2samp and
wasserstein_distance of the numbers, chi2_contingency of the categories. It prints
wall and processor seconds of the tests, and peak memory of the process, of both,
one after the other on the same machine.
"""
import re
import resource
import subprocess
import time

import numpy
import scipy
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

CASES, NUMBERS, CATEGORIES = 1_000_000, 12, 8
names = numpy.array([f"category-{i}" for i in range(12)])


def draw(seed):
    rng = numpy.random.default_rng(seed)
    numbers = [rng.standard_normal(CASES) for _ in range(NUMBERS)]
    categories = [names[numpy.minimum(rng.integers(0, 12, CASES), rng.integers(0, 12, CASES))] for _ in range(CATEGORIES)]
    return numbers, categories


def shares(a, b):
    both = numpy.union1d(a, b)
    table = numpy.zeros((2, len(both)))
    for side, values in enumerate((a, b)):
        found, counts = numpy.unique(values, return_counts=True)
        table[side, numpy.searchsorted(both, found)] = counts
    return table


base, fresh = draw(1), draw(2)
wall, processor = time.perf_counter(), time.process_time()
for x, y in zip(base[0], fresh[0]):
    ks_2samp(x, y, method="asymp")
    wasserstein_distance(x, y)
for x, y in zip(base[1], fresh[1]):
    chi2_contingency(shares(x, y))
wall, processor = time.perf_counter() - wall, time.process_time() - processor
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

out = subprocess.run(
    ["go", "test", "./internal/drift", "-run", "^$", "-bench", "^BenchmarkPython$", "-benchtime", "1x"],
    check=True, capture_output=True, text=True,
).stdout


def figure(unit):
    return float(re.search(r"([\d.e+]+) " + unit, out)[1])


print(f"numpy {numpy.__version__}, scipy {scipy.__version__}; seconds: wall (processor)")
print(f"python {wall:.2f} ({processor:.2f}), {peak:.0f} MB; go {figure('check-s'):.2f} ({figure('check-cpu-s'):.2f}), {figure('peak-MB'):.0f} MB")
