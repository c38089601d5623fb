"""What the code of mproc tasks can ask about the task it runs in.

    import mproc

    def estimate_pi(n):
        x, y = mproc.rng().random((2, n))  # the same numbers on any number of ranks
        return 4 * (x * x + y * y < 1).mean()

Importing it works in any Python; its functions answer only inside of a task.
"""

from ._task import rng, task_index

__all__ = ["rng", "task_index"]
__version__ = "0.1.0"
