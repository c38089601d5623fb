"""Slurm array scripts, unedited: mproc map --array."""

import os

import pytest

SCRIPT = """#!/bin/bash
#SBATCH --array=1-3
#SBATCH --output=%A_%a.out
echo $SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT: $SLURM_ARRAY_TASK_MIN-$SLURM_ARRAY_TASK_MAX:$SLURM_ARRAY_TASK_STEP ${SLURM_ARRAY_JOB_ID-none} [$1]
"""


@pytest.fixture
def script(cli):
    cli.write("step.sh", SCRIPT)
    os.chmod(cli.path / "step.sh", 0o755)
    return cli


@pytest.mark.parametrize("words", [["-j", "2"], ["--inline"]])
def test_a_script_finds_its_index_and_the_arrays(script, words):
    assert script.run("map", *words, "--array", "1-3", "--command", "./step.sh").out == "".join(f"{i} of 3: 1-3:1 none []\n" for i in (1, 2, 3))
    assert script.run("map", *words, "--array", "0-100:50", "--command", "./step.sh x").out == "".join(f"{i} of 3: 0-100:50 none [x]\n" for i in (0, 50, 100))
    assert script.run("map", *words, "--array", "7-8,1", "--command", "./step.sh").out == "".join(f"{i} of 3: 1-8:1 none []\n" for i in (1, 7, 8))


def test_the_job_of_the_array_is_the_allocation(script):
    env = {"SLURM_JOB_ID": "4711", "SLURM_ARRAY_TASK_ID": "99", "SLURM_ARRAY_JOB_ID": "5"}
    assert script.run("map", "--inline", "--array", "2", "--command", "./step.sh", env=env).out == "2 of 1: 2-2:1 4711 []\n"


def test_the_index_is_the_item_too(script):
    assert script.run("map", "--inline", "--array", "5-6", "--command", "echo $SLURM_ARRAY_TASK_ID {} {#}").out == "5 5 1\n6 6 2\n"
    assert [row["item"] for row in script.results()] == [5, 6]
    assert script.run("debug", "1").err.endswith("echo $SLURM_ARRAY_TASK_ID 6 2\nmproc: the command ended with exit status 0\n")
    assert script.run("debug", "1").out == "6 6 2\n"


def test_a_job_file_has_arrays(script):
    script.write("job.toml", '[task]\ncommand = ["./step.sh"]\n[items]\narray = "1-2"\n')
    script.run("run", "job.toml", "-j", "1")
    assert [row["stdout"] for row in script.results()] == ["1 of 2: 1-2:1 none []\n", "2 of 2: 1-2:1 none []\n"]
    script.run("run", "job.toml", "-j", "1", "--set", "items.array=1-3")
    assert len(script.results()) == 3


def test_so_many_at_a_time(script):
    line = "mkdir running 2>/dev/null || echo crowded; sleep 0.1; rmdir running"
    assert script.run("map", "-j", "2", "--array", "1-6%1", "--command", line).out == ""


def test_under_ranks_that_are_given_a_line_says_that_it_has_no_effect(script):
    result = script.mpirun(2, "map", "--array", "1-2%1", "--command", "./step.sh")
    assert "mproc: warning: %1 of the array has no effect where the ranks are given; start so many\n" in result.err


@pytest.mark.parametrize("words, message", [
    (["--array", "1-", "--command", "true"], 'map: --array has to be as sbatch takes it, 1-10, 0-100:5, 1,3,7-9 or 1-1000%20, not "1-"'),
    (["--array", "5-1", "--command", "true"], "map: --array has a range that ends before it begins: 5-1"),
    (["--array", "1-9999999", "--command", "true"], "map: --array goes to 9999999; Slurm's arrays end at 4000000"),
    (["--array", "1-3"], "map: --array is for a script: write for instance: mproc map --array 1-3 --command ./step.sh"),
    (["--array", "1-3", "math:sqrt"], "map: --array is for a script: write for instance: mproc map --array 1-3 --command ./step.sh"),
    (["--array", "1-3", "--command", "true", ":::", "a"], "map: --array gives the items itself; leave out all others"),
])
def test_a_slip_is_one_line(cli, words, message):
    assert cli.run("map", "--inline", *words, status=2).err == f"mproc: {message}\n"
    assert cli.runs() == []


@pytest.mark.parametrize("text, mode, command, message", [
    (SCRIPT, 0o644, "./step.sh", "./step.sh may not be executed; chmod +x ./step.sh, or run it as: bash ./step.sh"),
    (SCRIPT, 0o644, "./step.sh $SLURM_ARRAY_TASK_ID", "./step.sh may not be executed; chmod +x ./step.sh, or run it as: bash ./step.sh"),
    (SCRIPT, 0o755, "step.sh", "'step.sh' is no command on PATH; for the file of that name write ./step.sh"),
    ("#SBATCH -n 1\necho x\n", 0o755, "./step.sh", "./step.sh does not say what runs it; put #!/bin/bash into its first line, or run it as: bash ./step.sh"),
    ("#!/bin/bash\r\necho x\r\n", 0o755, "./step.sh", "./step.sh has Windows line ends, so that no program can run it; sed -i 's/\\r$//' ./step.sh"),
    ("#!/no/such/shell -e\n", 0o755, "./step.sh", "./step.sh is to be run by /no/such/shell, which is not there; correct its first line"),
])
def test_a_script_that_cannot_run_says_what_to_do(cli, text, mode, command, message):
    cli.write("step.sh", text)
    os.chmod(cli.path / "step.sh", mode)
    assert cli.run("map", "--inline", "--array", "1-3", "--command", command, status=2).err == f"mproc: {message}\n"
