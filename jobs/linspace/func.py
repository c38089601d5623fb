import numpy


def func(x):
    return numpy.linspace(0, x, 5)
