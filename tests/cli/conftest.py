from harness import cli  # noqa: F401: the fixture


def pytest_configure(config):
    config.addinivalue_line("markers", "leaves_things: what this test leaves behind is its own to check")
