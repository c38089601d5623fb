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

    _looking = False

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != "joblib" or self._looking:
            return None
        self._looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._looking = False
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: Any) -> None:
                execute(module)
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                _register()

            spec.loader.exec_module = execute_and_register  # type: ignore
        return spec


def _register() -> None:
    import joblib

    joblib.register_parallel_backend("mproc", lambda **options: _backend_class()(**options))


def _backend_class() -> Any:
    from joblib._parallel_backends import AutoBatchingMixin, ParallelBackendBase

    from . import _current
    from ._executor import Executor
    from ._futures import Future
    from ._remote import call_pickled
    from ._share import ArraysOfCall

    class Backend(AutoBatchingMixin, ParallelBackendBase):
        """Batches of calls over the current session. Large arrays are shared, and sent once for each Parallel call;
        parallel calls inside of a task use threads, which is joblib's own way."""

        supports_timeout = True
        uses_threads = False
        supports_sharedmem = False

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self._executor: Optional[Executor] = None
            self._arrays: Optional[ArraysOfCall] = None

        def effective_n_jobs(self, n_jobs: Optional[int]) -> int:
            if n_jobs == 0:
                raise ValueError("n_jobs == 0 in Parallel has no meaning")
            executors = _current.current("parallel_backend").executors
            if n_jobs is None:
                return executors
            return max(executors + 1 + n_jobs, 1) if n_jobs < 0 else n_jobs

        def configure(self, n_jobs: int = 1, parallel: Any = None, **_: Any) -> int:
            self.parallel = parallel
            self._session = _current.current("parallel_backend")
            self._executor = Executor(session=self._session)
            self.start_call()
            return self.effective_n_jobs(n_jobs)

        def start_call(self) -> None:
            self._arrays = ArraysOfCall(self._session.sharer)

        def stop_call(self) -> None:
            self._arrays = None

        def submit(self, func: Callable[[], Any], callback: Optional[Callable[[Any], None]] = None) -> Future:
            assert self._executor is not None and self._arrays is not None
            future = self._executor.submit(call_pickled, self._arrays.dumps(func))
            future.get = future.result  # type: ignore[attr-defined]
            if callback is not None:
                future.add_done_callback(callback)
            return future

        apply_async = submit

        def terminate(self) -> None:
            executor = self._leave()
            if executor is not None:
                executor.shutdown(wait=False)

        def abort_everything(self, ensure_ready: bool = True) -> None:
            executor = self._leave()
            if executor is not None:
                executor._abort()
            if ensure_ready:
                self.configure(n_jobs=self.parallel.n_jobs, parallel=self.parallel)

        def _leave(self) -> Optional[Executor]:
            executor, self._executor, self._arrays = self._executor, None, None
            self.reset_batch_stats()
            return executor

    return Backend
