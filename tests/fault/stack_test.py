"""A process that dies in C says where in Python it was, for every signal that ends it."""


def test_a_task_finds_signals_as_python_and_init_code_have_set_them(cli):
    cli.job(code="""
import os, signal
caught = []
signal.signal(signal.SIGUSR2, lambda *_: caught.append("init code's"))
def f(x):
    os.kill(os.getpid(), signal.SIGUSR2)
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        os.write(write_end, b"nobody reads this")
    except BrokenPipeError:
        return caught[-1]
    finally:
        os.close(write_end)
""", items="range = 4")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.results()] == ["init code's"] * 4
