import mproc


def scatter(year, number, draws):
    """Central 90 % of Poisson counts around the year's number."""
    counts = mproc.rng().poisson(number, draws)
    low, high = numpy.percentile(counts, [5, 95])
    return {"low": low, "high": high, "width": high - low}
