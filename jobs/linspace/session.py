"""The session of the mproc.init documentation, line by line, as a driver: mproc python -j 1 session.py"""

from pathlib import Path

import mproc
from func import func

CODE = Path(__file__).with_name("func.py").read_text()

print("in this process alone:")
for row in map(func, [1, 2, 3]):
    print(row)

print("peach before init:")
try:
    mproc.peach("func", [1, 2, 3])
except mproc.TaskError as error:
    print(error.message)

print("peach after init, with at least two executors:")
mproc.init(2, CODE)
for row in mproc.peach("func", [1, 2, 3]):
    print(row)

print("more executors have what was loaded before, and get more code:")
mproc.init(3, "def total(x): return float(func(x).sum())")
print(mproc.session().executors >= 3, mproc.peach("total", [1, 2, 3]))
