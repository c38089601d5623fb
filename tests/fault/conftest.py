from gated_run import gated  # noqa: F401: a fixture
