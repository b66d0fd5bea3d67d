#!/usr/bin/env python3
"""Times M/M/8 at a load of 0.9 in SimPy and in internal/des, one after the other.

    apt-get install python3-simpy3
    /usr/bin/python3 internal/des/bench/beside.py [customers]

SimPy is written as its documentation shows a shared resource: one process a
customer. Both count two events a customer, arrival and departure. Read
processor seconds on a machine that others use.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time

import simpy

SERVERS, ARRIVAL, SERVICE = 8, 7.2, 1.0


def mmc(customers):
    """Mean wait of so many customers."""
    env = simpy.Environment()
    desk = simpy.Resource(env, SERVERS)
    rng = random.Random(1)
    waits = []

    def customer():
        came = env.now
        with desk.request() as turn:
            yield turn
            waits.append(env.now - came)
            yield env.timeout(rng.expovariate(SERVICE))

    def source():
        for _ in range(customers):
            yield env.timeout(rng.expovariate(ARRIVAL))
            env.process(customer())

    env.process(source())
    env.run()
    return sum(waits) / len(waits)


def main():
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    wall, cpu = time.perf_counter(), time.process_time()
    mean = mmc(customers)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"SimPy {simpy.__version__}: {customers} customers, mean wait {mean:.3f} (exact 0.877), "
          f"{wall:.2f} s wall, {cpu:.2f} s processor, {2 * customers / cpu:,.0f} events a second")

    # A compiled benchmark: what the compiler takes is not counted.
    with tempfile.TemporaryDirectory() as folder:
        program = folder + "/des.test"
        subprocess.run(["go", "test", "-c", "-o", program, "./internal/des"], check=True)
        for _ in range(3):
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run([program, "-test.run", "^$", "-test.bench", "^BenchmarkMMc$", "-test.benchtime", f"{customers}x", "-test.cpu", "1"],
                           check=True, capture_output=True)
            after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"internal/des: {customers} customers, {took:.2f} s wall, {seconds:.3f} s processor, start-up in both, "
                  f"{2 * customers / seconds:,.0f} events a second, {cpu / seconds:.0f} times SimPy")


main()
