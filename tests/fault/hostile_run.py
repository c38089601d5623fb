"""A run of kernels that do their worst, in one executor, with well-behaved tasks between them."""

import json

# A task is a name: that of a function of KERNELS, or "probe", which prints and says who it is.
RUN = """
import os, sys
def run(name):
    if name != "probe": return globals()[name]()
    print("out", 1)
    print("err", 2, file=sys.stderr)
    return [os.getpid(), sum(range(5))]
"""


def run_kernels(cli, kernels, names, output="out.jsonl", run="", status=1, probes=2):
    """Runs each of the kernels in one executor, with probes around it; gives the outcomes by name."""
    cli.write("kernels.py", kernels + RUN)
    items = ["probe"] * probes
    for name in names:
        items += [name] + ["probe"] * probes
    cli.job(function="run", init='files = ["kernels.py"]', items=f"list = {json.dumps(items)}", output=output,
            task="lost-retries = 0", run=f'max-failures = "100%"\n{run}')
    cli.run("run", "job.toml", "-j", "1", status=status)
    rows = cli.rows(output)
    assert [row["item"] for row in rows] == items
    outcomes, last = {}, "the start"
    for row in rows:
        if row["item"] != "probe":
            last = row["item"]
            outcomes[last] = row["error"] or row["result"]
        else:
            assert row["error"] is None and row["result"][1] == 10, f"after {last}: {row}"
    return outcomes, [row["result"][0] for row in rows if row["item"] == "probe"]
