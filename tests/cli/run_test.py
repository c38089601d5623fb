"""The life of a job's runs: first, finished, going on, changed, begun anew."""

import json
import os
import shutil
import subprocess

import pytest
from harness import assert_summary

COUNTED = """
import os
def f(x, factor=2):
    with open(os.environ["LOG"], "a") as log: log.write(f"{x}\\n")
    return factor * x
"""


@pytest.fixture
def counted(cli):
    """Which items were computed since the last call."""
    log = cli.path / "log"
    cli.env["LOG"] = str(log)

    def take():
        lines = sorted(map(int, log.read_text().split())) if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    return take


def test_first_run_then_nothing_to_do_then_fresh(cli, counted):
    cli.job(code=COUNTED, output="out.csv")
    result = cli.run("run", "job.toml", "-j", "2")
    assert_summary(result.err, 3, 3, 0, output="out.csv")
    assert result.out == ""
    assert counted() == [1, 2, 3]
    table = "index,item,result,status,error\n0,1,2,ok,\n1,2,4,ok,\n2,3,6,ok,\n"
    assert cli.read("out.csv") == table

    result = cli.run("run", "job.toml")
    assert result.raw_err == "mproc: nothing to do: run job-0001 is finished (3 succeeded, 0 failed); --fresh runs it again\n"
    assert counted() == []
    assert cli.read("out.csv") == table

    result = cli.run("run", "job.toml", "--fresh")
    assert_summary(result.err, 3, 3, 0, output="out.csv", run="job-0002")
    assert counted() == [1, 2, 3]
    assert cli.runs() == ["job-0001", "job-0002"]


def test_finished_with_failures_is_finished_and_still_exits_1(cli, counted):
    cli.job(code=COUNTED + "    \ng = f\ndef f(x):\n    g(x)\n    if x > 1 and not os.path.exists('mended'): raise ValueError(f'bad')\n    return x",
            output="out.jsonl", task="")
    cli.env["LOG"] = str(cli.path / "log")
    result = cli.run("run", "job.toml", "--inline", status=1)
    assert_summary(result.err, 3, 1, 2, "  2 × ValueError: bad (tasks 1, 2)\n", "out.jsonl",
                   after="--retry-failed runs the failed tasks again\n")
    result = cli.run("run", "job.toml", status=1)
    assert result.raw_err == ("mproc: nothing to do: run job-0001 is finished (1 succeeded, 2 failed); --retry-failed runs those"
                              " again, --fresh everything\n")
    counted()
    cli.write("mended", "")
    result = cli.run("run", "job.toml", "--retry-failed", "-j", "2")
    assert counted() == [2, 3]
    assert_summary(result.err, 3, 3, 0, output="out.jsonl", before="mproc: going on with run job-0001: 1 of 3 tasks are done\n")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [1, 2, 3]
    assert "nothing to do" in cli.run("run", "job.toml").err


@pytest.mark.parametrize(("changes", "part"), [
    ({"code": COUNTED + "\n# changed"}, "init code"),
    ({"task": "args = { factor = 3 }"}, "args"),
    ({"task": 'call = "item"'}, "call"),
    ({"top": "seed = 5"}, "seed"),
    ({"function": "abs"}, "kernel"),
    ({"function": "abs", "top": "seed = 5"}, "kernel, seed"),
])
def test_a_changed_job_starts_a_new_run_and_says_what_changed(cli, counted, changes, part):
    cli.job(code=COUNTED)
    cli.run("run", "job.toml", "--inline")
    cli.job(**{"code": COUNTED, **changes})
    result = cli.run("run", "job.toml", "--inline")
    assert_summary(result.err.split("\n", 1)[1], 3, 3, 0, run="job-0002")
    assert result.err.split("\n")[0] == f"mproc: the job differs from run job-0001 in its {part}: starting a new run"


def test_changed_content_of_an_init_file_or_of_the_functions_module_starts_a_new_run(cli):
    cli.write("part.py", "def f(x): return 1")
    cli.write("job.toml", '[init]\nfiles = ["part.py"]\n[task]\nfunction = "f"\n[items]\nlist = [1]\n')
    cli.run("run", "job.toml", "--inline")
    cli.write("part.py", "def f(x): return 22")
    assert "in its init code: starting a new run\n" in cli.run("run", "job.toml", "--inline").err
    assert cli.results()[0]["result"] == 22
    cli.write("job.toml", '[task]\nfunction = "part:f"\n[items]\nlist = [1]\n')
    cli.run("run", "job.toml", "--inline")
    cli.write("part.py", "def f(x): return 333")
    assert "in its kernel: starting a new run\n" in cli.run("run", "job.toml", "--inline").err
    assert cli.results()[0]["result"] == 333
    assert cli.runs() == ["job-0001", "job-0002", "job-0003", "job-0004"]


def test_changed_items_start_a_new_run_through_the_launcher_too(cli, counted):
    cli.job(code=COUNTED)
    cli.run("run", "job.toml", "--inline")
    cli.job(code=COUNTED, items="list = [1, 5, 3]")
    result = cli.run("run", "job.toml", "-j", "1")
    assert_summary(result.err, 3, 3, 0, run="job-0002",
                   before="mproc: the items differ from those of run job-0001: starting a new run\n")


def test_fewer_items_are_other_items(cli, counted):
    cli.job(code=COUNTED)
    cli.run("run", "job.toml", "--inline")
    cli.job(code=COUNTED, items="list = [1, 2]")
    assert "mproc: the items differ from those of run job-0001: starting a new run\n" in cli.run("run", "job.toml", "--inline").err
    assert cli.runs() == ["job-0001", "job-0002"]


def test_appended_items_alone_are_run(cli, counted):
    cli.job(code=COUNTED, output="out.jsonl")
    cli.run("run", "job.toml", "--inline")
    counted()
    before = json.loads(cli.read("runs/job-0001/job.json"))
    cli.job(code=COUNTED, output="out.jsonl", items="list = [1, 2, 3, 4, 5]")
    result = cli.run("run", "job.toml", "-j", "2")
    assert counted() == [4, 5]
    assert_summary(result.err, 5, 5, 0, output="out.jsonl",
                   before="mproc: going on with run job-0001: 3 of 5 tasks are done\n")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [2, 4, 6, 8, 10]
    assert [(row["item"], row["result"]) for row in cli.results()] == [(x, 2 * x) for x in (1, 2, 3, 4, 5)]
    assert cli.runs() == ["job-0001"]
    after = json.loads(cli.read("runs/job-0001/job.json"))
    assert [key for key in before if before[key] != after[key]] == ["document"]


def test_what_is_not_the_jobs_identity_starts_no_new_run(cli, counted):
    cli.job(code=COUNTED, output="out.csv")
    cli.run("run", "job.toml", "--inline")
    cli.job(code=COUNTED, task="retries = 3\nlost-retries = 1\ncpus = 1", output="out.csv",
            run='chunk = 2\nexecutors = 1\ngrace = "1s"\nrelaunch = 0\nmax-failures = 2')
    assert "nothing to do" in cli.run("run", "job.toml", "-j", "1").err
    assert cli.runs() == ["job-0001"]


def test_another_output_of_a_finished_run_is_written_without_computing(cli, counted):
    cli.job(code=COUNTED, output="out.csv")
    cli.run("run", "job.toml", "--inline")
    counted()
    cli.job(code=COUNTED, output="other.jsonl")
    cli.run("run", "job.toml")
    assert counted() == []
    assert [row["result"] for row in cli.rows("other.jsonl")] == [2, 4, 6]
    assert cli.runs() == ["job-0001"]


def test_an_output_that_could_not_be_written_is_written_the_next_time(cli, counted):
    cli.job(code=COUNTED + "    \ng = f\ndef f(x):\n    os.path.isdir('out.csv') or os.mkdir('out.csv')\n    return g(x)", output="out.csv")
    assert "mproc: cannot write out.csv: it is a directory\n" in cli.run("run", "job.toml", "--inline", status=2).err
    os.rmdir(cli.path / "out.csv")
    cli.write("out.csv", "of an earlier run")
    counted()
    assert "results: out.csv\n" in cli.run("run", "job.toml").err
    assert counted() == []
    table = cli.read("out.csv")
    assert table.startswith("index,item,result,")
    assert "results: out.csv" not in cli.run("run", "job.toml").err


def test_the_commit_is_that_of_the_job_files_directory(cli):
    if shutil.which("git") is None:
        pytest.skip("no git")
    cli.job("it's $here/job.toml", code="def f(x): return x")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", cli.path / "it's $here"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "job"]):
        subprocess.run([*git, *words], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    cli.run("run", "it's $here/job.toml", "--inline")
    assert json.loads(cli.read("runs/job-0001/job.json"))["git"] == commit
    cli.job(code="def f(x): return -x")
    cli.run("run", "job.toml", "--inline")
    assert json.loads(cli.read("runs/job-0002/job.json"))["git"] == ""


def test_tasks_runs_a_part_and_the_same_command_the_rest(cli, counted):
    cli.job(code=COUNTED, items="range = [10, 20]", output="out.jsonl")
    result = cli.run("run", "job.toml", "--tasks", "1,3-4,8-", "-j", "2")
    assert counted() == [11, 13, 14, 18, 19]
    assert not (cli.path / "out.jsonl").exists()  # not complete
    rows = cli.results()
    assert [row["index"] for row in rows if row["status"] == "ok"] == [1, 3, 4, 8, 9]
    assert [row["status"] for row in rows].count("pending") == 5
    assert "5 of 10 tasks done: 5 succeeded, 0 failed, in " in result.err
    result = cli.run("run", "job.toml", "--inline")
    assert counted() == [10, 12, 15, 16, 17]
    assert result.err.startswith("mproc: going on with run job-0001: 5 of 10 tasks are done\n")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [2 * x for x in range(10, 20)]


@pytest.mark.parametrize("tasks", ["a", "3-1", "1,", ",1", "1--2", "-", "1;2"])
def test_a_bad_list_of_tasks_is_refused(cli, tasks):
    cli.job(code="def f(x): return x")
    result = cli.run("run", "job.toml", f"--tasks={tasks}", status=2)
    assert result.err == f"mproc: --tasks {tasks}: not a list of tasks; write for instance 0-9,20,30-\n"
    assert cli.runs() == []


@pytest.mark.parametrize("words", [["--inline"], ["-j", "1"]])
def test_tasks_beyond_the_last_are_refused(cli, words):
    cli.job(code="def f(x): return x")
    result = cli.run("run", "job.toml", "--tasks", "7", *words, status=2)
    assert result.err == "mproc: --tasks 7: the job has 3 tasks, numbered from 0\n"
    assert cli.runs() == []


def test_set_replaces_values_of_every_type(cli):
    cli.job(code="def f(x, a, b): return f'{x} {a!r} {b!r}'", task='args = { a = 1, b = "b" }')
    cli.run("run", "job.toml", "--inline", "--set", "task.args.a=2.5", "--set", "task.args.b=plain words",
            "--set", "items.list=[7, true]", "--set", "name=other")
    assert [row["result"] for row in cli.results()] == ["7 2.5 'plain words'", "True 2.5 'plain words'"]
    assert cli.runs() == ["other-0001"]


def test_a_setting_that_is_not_utf8_is_refused(cli):
    cli.job(code="def f(x, a): return x")
    for words in (["--inline"], ["-j", "1"]):
        result = cli.run("run", "job.toml", *words, "--set", os.fsdecode(b"task.args.a=caf\xe9"), status=2)
        assert result.err == "mproc: --set: is not UTF-8 text: caf\ufffd; rename or convert it\n"
    assert cli.runs() == []


@pytest.mark.parametrize(("setting", "message"), [
    ("task.retrys=1", "--set: unknown key 'task.retrys'; did you mean 'retries'?"),
    ("task.retries=many", "--set: 'task.retries' has to be a whole number, not a string"),
    ("task.retries", "--set task.retries: write key=value"),
    ("task.function.deeper=1", "--set task.function.deeper=1: 'task.function' is not a table"),
])
def test_a_bad_setting_is_refused(cli, setting, message):
    cli.job(code="def f(x): return x")
    assert cli.run("run", "job.toml", "--set", setting, status=2).err == f"mproc: {message}\n"
    assert cli.runs() == []


def test_a_job_from_standard_input(cli):
    text = '[init]\ncode = "def f(x): return x + 1"\n[task]\nfunction = "f"\n[items]\nlist = [1, 2]\n[output]\npath = "out.jsonl"\n'
    result = cli.run("run", "-", stdin=text)
    assert_summary(result.err, 2, 2, 0, output="out.jsonl", run="stdin-0001")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [2, 3]
    # JSON as well, the same run.
    tree = {"init": {"code": "def f(x): return x + 1"}, "task": {"function": "f"}, "items": {"list": [1, 2]}}
    assert "nothing to do: run stdin-0001 is finished" in cli.run("run", "-", stdin=json.dumps(tree)).err


def test_a_json_job_has_the_results_of_the_same_toml_job(cli):
    code = "def f(alpha, n, tol): return {'sum': alpha + n, 'tol': tol}"
    cli.write("a.toml", f'name = "a"\n[init]\ncode = "{code}"\n[task]\nfunction = "f"\nargs = {{ tol = 1e-6 }}\n'
                        '[items.grid]\nn = { range = [10, 31, 10] }\nalpha = [0.1, 1.0]\n[output]\npath = "a.csv"\n')
    tree = {"name": "b", "init": {"code": code}, "task": {"function": "f", "args": {"tol": 1e-6}},
            "items": {"grid": {"n": {"range": [10, 31, 10]}, "alpha": [0.1, 1.0]}}, "output": {"path": "b.csv"}}
    cli.write("b.json", json.dumps(tree))
    cli.run("run", "a.toml", "--inline")
    cli.run("run", "b.json", "--inline")
    assert cli.read("a.csv") == cli.read("b.csv")
    assert cli.read("a.csv").startswith("index,n,alpha,sum,tol,status,error\n0,10,0.1,10.1,1e-06,ok,\n1,10,1.0,11.0,")


def test_runs_are_kept_where_the_option_or_the_variable_says(cli):
    cli.job(code="def f(x): return x")
    cli.run("run", "job.toml", "--inline", env={"MPROC_RUNS": "there"})
    cli.run("run", "job.toml", "-j", "1", "--runs", "elsewhere/deep", env={"MPROC_RUNS": "there"})
    assert (cli.runs("there"), cli.runs("elsewhere/deep"), cli.runs()) == (["job-0001"], ["job-0001"], [])
    assert "job-0001: finished" in cli.run("status", env={"MPROC_RUNS": "there"}).out
    assert len(cli.results("--runs", "elsewhere/deep")) == 3


def test_inputs_are_relative_to_the_job_file_and_outputs_to_the_current_directory(cli):
    cli.write("sub/items.csv", "x\n1\n2\n")
    cli.write("sub/model.py", "def f(x): return 10 * x")
    cli.write("sub/job.toml", '[init]\nfiles = ["model.py"]\n[task]\nfunction = "f"\n[items]\ncsv = "items.csv"\n'
                              '[output]\npath = "out.jsonl"\n')
    cli.run("run", "sub/job.toml", "-j", "1")
    assert [row["result"] for row in cli.rows("out.jsonl")] == [10, 20]
    assert sorted(os.listdir(cli.path / "sub")) == ["items.csv", "job.toml", "model.py"]


def test_variables_and_the_home_directory_in_paths(cli):
    cli.write("home/items.txt", "a\nb\n")
    cli.write("job.toml", '[init]\ncode = "def f(x): return x"\n[task]\nfunction = "f"\n[items]\nlines = "~/items.txt"\n'
                          '[output]\npath = "${WHERE}/out.jsonl"\n')
    cli.run("run", "job.toml", "--inline", env={"HOME": cli.path / "home", "WHERE": cli.path / "home"})
    assert [row["result"] for row in cli.rows("home/out.jsonl")] == ["a", "b"]


def test_root_and_too_many_executors_are_handled_and_said_once(cli):
    cli.job(code="def f(x): return x")
    cores = len(os.sched_getaffinity(0))
    result = cli.run("run", "job.toml", "-j", str(cores + 1))
    what = f"{cores + 1} executors on {cores} cores" + (", run as root" if os.getuid() == 0 else "")
    assert result.raw_err.count("Open MPI is told") == 1
    assert result.raw_err.startswith(f"mproc: {what}: Open MPI is told that this is meant\n")
