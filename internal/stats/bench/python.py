"""Times what `go test -bench Python` times, in numpy and scikit-learn.

    python3 internal/stats/bench/python.py

It needs python3 with numpy and scikit-learn (Debian: python3-numpy,
python3-sklearn) and go. It prints wall and processor seconds of both, one after
the other on the same machine, and how many times faster Go is by either.
"""
import re
import subprocess
import time

import numpy
import sklearn
from sklearn.metrics import classification_report

RESAMPLES, CASES, LABELS = 10_000, 100_000, 1_000_000
rng = numpy.random.default_rng(1)


def paired_bootstrap(first, second):
    differences = first - second
    means = numpy.empty(RESAMPLES)
    for i in range(RESAMPLES):
        means[i] = differences[rng.integers(0, CASES, CASES)].mean()
    return numpy.quantile(means, [0.025, 0.975])


first = rng.standard_normal(CASES)
second = first + 0.1 * rng.standard_normal(CASES)
right, wrong = numpy.zeros(CASES), numpy.zeros(CASES)
right[: CASES // 10] = 1
wrong[-CASES // 20 :] = 1
classes = numpy.array([f"class-{i}" for i in range(10)], dtype=object)
truth = rng.integers(0, 10, LABELS)
noise = rng.random(LABELS) < 0.2
predicted = numpy.where(noise, rng.integers(0, 10, LABELS), truth)
truth, predicted = list(classes[truth]), list(classes[predicted])

tasks = {
    "paired bootstrap of scores": lambda: paired_bootstrap(first, second),
    "paired bootstrap of right and wrong": lambda: paired_bootstrap(right, wrong),
    "classification report": lambda: classification_report(truth, predicted),
}
python = {}
for name, task in tasks.items():
    wall, processor = time.perf_counter(), time.process_time()
    task()
    python[name] = time.perf_counter() - wall, time.process_time() - processor

out = subprocess.run(
    ["go", "test", "./internal/stats", "-run", "^$", "-bench", "^BenchmarkPython$", "-benchtime", "3x"],
    check=True, capture_output=True, text=True,
).stdout
print(f"numpy {numpy.__version__}, scikit-learn {sklearn.__version__}; seconds: wall (processor)")
for name, (wall, processor) in python.items():
    row = re.search(re.escape(name.replace(" ", "_")) + r"\S*\s+\d+\s+([\d.]+) ns/op\s+([\d.e-]+) cpu-s/op", out)
    go_wall, go_processor = float(row[1]) / 1e9, float(row[2])
    print(
        f"{name}: python {wall:.3f} ({processor:.3f}), go {go_wall:.4f} ({go_processor:.4f}), "
        f"{wall / go_wall:.1f} times ({processor / go_processor:.1f} times)"
    )
