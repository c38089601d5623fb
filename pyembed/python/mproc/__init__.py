"""What the code of mproc tasks can ask about the task it runs in.

    import mproc

    def estimate_pi(n):
        x, y = mproc.rng().random((2, n))  # the same numbers on any number of ranks
        return 4 * (x * x + y * y < 1).mean()

`mproc.data["X"]` is the array X of the job's [data]: read-only, one copy a node.

Importing it works in any Python; its functions answer only inside of a task.
"""

from ._data import data
from ._task import rng, task_index

__all__ = ["data", "rng", "task_index"]
__version__ = "0.1.0"
