"""The volatility that each quote of a call implies, by a kernel in C++ from Python: mproc python quotes.py"""

from pathlib import Path

import mproc

LIBRARY = Path(__file__).with_name("liboptions.so")
QUOTES = [{"strike": strike, "call": call} for strike, call in [(80, 20.0), (90, 14.1), (100, 7.6), (110, 4.0)]]

known = {"spot": 100, "years": 0.5, "rate": 0.02}
implied = mproc.map(f"native:{LIBRARY}:volatility", [quote | known for quote in QUOTES], errors="return")
for quote, volatility in zip(QUOTES, implied):
    said = volatility.message if isinstance(volatility, mproc.TaskError) else volatility
    print(f"{quote['strike']:4} {quote['call']:6.2f}  {said}")
