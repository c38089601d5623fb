"""How long halving even numbers and taking 3n + 1 of odd ones needs to come down to 1."""


def starts():
    """3^k + 2 for k below 200, most of them far beyond 64 bits."""
    power = 1
    for _ in range(200):
        yield power + 2
        power *= 3


def steps(n):
    count = highest = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        highest = max(highest, n.bit_length())
        count += 1
    return {"steps": count, "bits": highest}
