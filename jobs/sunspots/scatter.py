import mproc


def scatter(year, number, draws):
    """Where 90 % of draws from a Poisson distribution around the year's number lie."""
    counts = mproc.rng().poisson(number, draws)
    low, high = numpy.percentile(counts, [5, 95])
    return {"low": low, "high": high, "width": high - low}
