"""What compare.py and plan.py measure: functions of tasks, and heavy-tailed durations."""

import random

SOURCE = """
import time
try:
    import numpy
except ImportError:
    pass

def busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass

def ten_ms(i):
    busy(0.010)

def one_ms(i):
    busy(0.001)

def null(i):
    return i

def linspace(x):
    return numpy.linspace(0, x, 5)

def same(a):
    return a
"""


def heavy_tail(tasks, workers, seconds):
    """Durations of which most are about a millisecond and some a thousand times that, together `seconds` of work for each
    worker."""
    draw = random.Random(1)
    drawn = [min(draw.paretovariate(1.3), 3000.0) for _ in range(tasks)]
    scale = workers * seconds / sum(drawn)
    return [min(x * scale, 1.0) for x in drawn]


def lower_bound(durations, workers):
    return max(sum(durations) / workers, max(durations))
