#!/usr/bin/env python3
"""Times M/M/8 at a load of 0.9 in SimPy, in simgo and in internal/des, as whole
processes, in turn.

    apt-get install python3-simpy3
    git clone https://github.com/fschuetz04/simgo FOLDER
    /usr/bin/python3 internal/des/bench/beside.py [--customers N] [--rounds N] [--simgo FOLDER]

SimPy and simgo are written as their own documentation shows a shared resource:
one process a customer. All count two events a customer, arrival and departure.
Printed are the medians of processor seconds, start-up in them, and the median
and the range of the ratios within a round, which are worth most on a machine
that others use.
"""

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SERVERS, ARRIVAL, SERVICE = 8, 7.2, 1.0
HERE = os.path.dirname(os.path.abspath(__file__))


def simpy_mmc(customers):
    """Mean wait of so many customers."""
    import simpy

    env = simpy.Environment()
    desk = simpy.Resource(env, SERVERS)
    rng = random.Random(1)
    waited = 0.0

    def customer():
        nonlocal waited
        came = env.now
        with desk.request() as turn:
            yield turn
            waited += env.now - came
            yield env.timeout(rng.expovariate(SERVICE))

    def source():
        for _ in range(customers):
            yield env.timeout(rng.expovariate(ARRIVAL))
            env.process(customer())

    env.process(source())
    env.run()
    return waited / customers


def run(command):
    """Wall and processor seconds and MB of memory of a command."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command[0]}: exit status {os.waitstatus_to_exitcode(status)}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def build_simgo(checkout, folder):
    """Builds simgo.go.txt against a checkout of simgo."""
    shutil.copy(os.path.join(HERE, "simgo.go.txt"), os.path.join(folder, "main.go"))
    with open(os.path.join(folder, "go.mod"), "w") as f:
        f.write("module beside\n\ngo 1.26\n\nrequire github.com/fschuetz04/simgo v0.0.0\n\n"
                f"replace github.com/fschuetz04/simgo => {os.path.abspath(checkout)}\n")
    subprocess.run(["go", "build", "-o", "simgo", "."], cwd=folder, check=True)
    return os.path.join(folder, "simgo")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--simgo", metavar="FOLDER", help="a checkout of simgo; without it simgo is left out")
    parser.add_argument("--simpy", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.simpy:
        print(f"mean wait {simpy_mmc(args.customers):.3f} (exact 0.877)")
        return

    with tempfile.TemporaryDirectory() as folder:
        ours = os.path.join(folder, "des.test")
        subprocess.run(["go", "test", "-c", "-o", ours, "."], cwd=os.path.dirname(HERE), check=True)
        programs = {
            "internal/des": [ours, "-test.run", "^$", "-test.bench", "^BenchmarkMMc$",
                             "-test.benchtime", f"{args.customers}x", "-test.cpu", "1"],
            "SimPy": [sys.executable, __file__, "--simpy", "--customers", str(args.customers)],
        }
        if args.simgo:
            programs["simgo"] = [build_simgo(args.simgo, folder), str(args.customers)]
        seen = {name: [] for name in programs}
        for i in range(args.rounds + 1):
            for name, command in programs.items():
                figures = run(command)
                if i > 0:  # the first round warms up
                    seen[name].append(figures)
    print(f"load average {os.getloadavg()[0]:.1f}, {args.customers} customers, {args.rounds} rounds")
    for name, figures in seen.items():
        wall, cpu, memory = (statistics.median(f[i] for f in figures) for i in range(3))
        ratios = [f[1] / o[1] for f, o in zip(figures, seen["internal/des"])]
        print(f"{name}: {wall:.3f} s wall, {cpu:.3f} s processor, {2 * args.customers / cpu / 1e6:.3f} million events a second, "
              f"{memory:.0f} MB, {statistics.median(ratios):.1f} times as long ({min(ratios):.1f} to {max(ratios):.1f})")


main()
