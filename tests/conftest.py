from harness import cli, pytest_runtest_makereport  # noqa: F401: a fixture and a hook
