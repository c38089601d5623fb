import pytest

pytest.register_assert_rewrite("harness", "gated_run", "disturbed_run")

from harness import cli, pytest_runtest_makereport  # noqa: E402, F401: a fixture and a hook
from libraries import kernels, native  # noqa: E402, F401: fixtures
