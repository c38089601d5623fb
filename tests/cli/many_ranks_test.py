"""As many ranks as one machine takes, far beyond its cores."""

CODE = """
import os, time
os.makedirs('seen', exist_ok=True)
def f(x):
    open(f'seen/{os.getpid()}', 'w')
    while len(os.listdir('seen')) < 63:  # every executor has a part in it
        time.sleep(0.05)
    return x * x
"""


def test_sixty_four_ranks_share_the_tasks_of_one_run(cli):
    cli.job(code=CODE, items="range = 20000", run="chunk = 10")
    result = cli.run("run", "job.toml", "-j", "63")
    assert "mproc: 20000 of 20000 tasks done: 20000 succeeded, 0 failed, in " in result.err
    assert [row["result"] for row in cli.results()] == [x * x for x in range(20000)]
