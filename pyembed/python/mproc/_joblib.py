"""The joblib backend "mproc": `with joblib.parallel_backend("mproc")`, or parallel_config where joblib has it."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from typing import Any, Callable, Optional


def register() -> None:
    """Makes the backend known to joblib, at once or when joblib is imported."""
    if "joblib" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Sees joblib's import, and registers the backend after it."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != "joblib":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: Any) -> None:
                execute(module)
                _register()

            spec.loader.exec_module = execute_and_register  # type: ignore
        return spec


def _register() -> None:
    import joblib

    joblib.register_parallel_backend("mproc", lambda **options: _backend_class()(**options))


def _backend_class() -> Any:
    from joblib._parallel_backends import AutoBatchingMixin, ParallelBackendBase

    from . import _current
    from ._futures import Executor, Future
    from ._remote import call_pickled

    class Backend(AutoBatchingMixin, ParallelBackendBase):
        """Batches of calls over the current session. Large arrays are shared, and sent once; parallel calls inside of
        a task use threads, which is joblib's own way."""

        supports_timeout = True
        uses_threads = False
        supports_sharedmem = False

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self._executor: Optional[Executor] = None

        def effective_n_jobs(self, n_jobs: Optional[int]) -> int:
            if n_jobs == 0:
                raise ValueError("n_jobs == 0 in Parallel has no meaning")
            executors = _current.current("parallel_backend").executors
            if n_jobs is None:
                return executors
            return max(executors + 1 + n_jobs, 1) if n_jobs < 0 else n_jobs

        def configure(self, n_jobs: int = 1, parallel: Any = None, **_: Any) -> int:
            self.parallel = parallel
            self._executor = Executor(session=_current.current("parallel_backend"))
            return self.effective_n_jobs(n_jobs)

        def submit(self, func: Callable[[], Any], callback: Optional[Callable[[Any], None]] = None) -> Future:
            assert self._executor is not None
            session = _current.current("parallel_backend")
            future = self._executor.submit(call_pickled, session.sharer.dumps(func))
            future.get = future.result  # type: ignore[attr-defined]
            if callback is not None:
                future.add_done_callback(callback)
            return future

        apply_async = submit

        def terminate(self) -> None:
            self._stop(cancel=False)

        def abort_everything(self, ensure_ready: bool = True) -> None:
            self._stop(cancel=True)
            if ensure_ready:
                self.configure(n_jobs=self.parallel.n_jobs, parallel=self.parallel)

        def _stop(self, cancel: bool) -> None:
            executor, self._executor = self._executor, None
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=cancel)
            self.reset_batch_stats()

    return Backend
