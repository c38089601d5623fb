"""Init code: order, what fails in it, and functions that are not there."""

import pytest

FUNCTION_MISSING = ("mproc: the executors have no function 'func'; define it in [init] code or files, or write"
                    ' "module:function"\n')


def test_modules_files_and_code_accumulate_in_order(cli):
    cli.write("one.py", "trail = ['one', math.floor(2.5)]\n")
    cli.write("two.py", "trail.append('two')\n")
    cli.job(init='modules = ["math", "os.path"]\nfiles = ["one.py", "two.py"]',
            code="trail.append('code')\ndef f(x): return trail + [os.path.basename('/a/b')]", items="range = 3")
    cli.run("run", "job.toml", "-j", "2")
    assert [row["result"] for row in cli.results()] == [["one", 2, "two", "code", "b"]] * 3


def test_the_environment_of_a_job_reaches_init_code_and_tasks(cli):
    cli.job(code="import os\nAT_INIT = os.environ['DATA']\ndef f(x): return [AT_INIT, os.environ['DATA'], os.environ['N']]",
            items="range = 1", run='env = { DATA = "${BASE}/in", N = 5 }')
    for words in (["-j", "1"], ["--inline", "--fresh"]):
        cli.run("run", "job.toml", *words, env={"BASE": "/base"})
        assert cli.results()[0]["result"] == ["/base/in", "/base/in", "5"]


@pytest.mark.parametrize("words", [["-j", "2"], ["--inline"]])
def test_a_function_that_is_missing_is_refused_with_the_remedy(cli, words):
    cli.job(code="other = 1", function="func")
    result = cli.run("run", "job.toml", *words, status=2)
    assert result.err == FUNCTION_MISSING
    assert cli.runs() == []


@pytest.mark.parametrize(("function", "start", "rest"), [
    ("math:sqr", "mproc: module 'math' has no function 'sqr' (did you mean 'sqrt'?)\n", ""),
    ("math:pi", "mproc: 'math:pi' is not a function: it is of type 'float'\n", ""),
    ("nomodule:f", "mproc: ModuleNotFoundError: there is no module 'nomodule' for ", "put nomodule.py beside the job file or install it"),
    ("fun", "mproc: the executors have no function 'fun'; define it in [init] code or files, or write \"module:function\""
            " (did you mean 'func'?)\n", ""),
])
def test_what_is_no_function_is_named(cli, function, start, rest):
    cli.job(code="def func(x): return x", function=function)
    result = cli.run("run", "job.toml", "--inline", status=2)
    assert result.err.startswith(start) and rest in result.err
    assert cli.runs() == []


@pytest.mark.parametrize("words", [["-j", "2"], ["--inline"]])
def test_a_failure_in_init_code_is_one_error_with_one_traceback_before_any_task(cli, words):
    cli.job(code="def divide(): return 1 / 0\ndivide()\ndef f(x): open('ran', 'w')")
    result = cli.run("run", "job.toml", *words, status=2)
    first = result.err.splitlines()[0]
    assert first.startswith("mproc: init code failed on rank ") and first.endswith(": ZeroDivisionError: division by zero")
    assert result.err.count("Traceback (most recent call last):") == 1
    assert 'File "<init code>", line 1, in divide\n    def divide(): return 1 / 0' in result.err
    assert cli.runs() == [] and not (cli.path / "ran").exists()


def test_init_code_with_a_syntax_error_names_the_line(cli):
    cli.write("bad.py", "x = 1\ndef f(:\n")
    cli.job(init='files = ["bad.py"]')
    result = cli.run("run", "job.toml", "--inline", status=2)
    assert "SyntaxError" in result.err.splitlines()[0] and 'File "bad.py", line 2' in result.err


def test_a_module_that_cannot_be_imported_says_for_which_python(cli):
    cli.job(init='modules = ["no_such_module"]', code="def f(x): return x")
    first = cli.run("run", "job.toml", "--inline", status=2).err.splitlines()[0]
    assert "cannot import it: No module named 'no_such_module'; install it for /" in first
    assert first.endswith(", or put it beside the job file")


def test_sys_exit_in_init_code_is_a_failure(cli):
    cli.job(code="import sys\nsys.exit('enough')\ndef f(x): return x")
    assert "init code called sys.exit(enough)" in cli.run("run", "job.toml", "-j", "1", status=2).err


def test_init_code_that_crashes_is_said_by_cause(cli):
    cli.write("crashing.py", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    cli.job(init='modules = ["crashing"]', code="def f(x): return x")
    result = cli.run("run", "job.toml", "-j", "2", status=2)
    assert result.err.splitlines()[0].endswith(": the executor was killed by SIGSEGV (Segmentation fault) while it loaded the init code")
    assert cli.runs() == []


@pytest.mark.parametrize(("code", "items", "message"), [
    ("def f(a, b): return a", "list = [1]",
     "function 'f(a, b)' cannot take what the items give: missing a required argument: 'b' (items give: one value)"),
    ("def f(alpha): return alpha", "[items.grid]\nalpha = [1]\nbeta = [2]\n",
     "function 'f(alpha)' cannot take what the items give: got an unexpected keyword argument 'beta' (items give: alpha, beta)"),
])
def test_a_signature_that_does_not_fit_is_refused_before_any_task(cli, code, items, message):
    cli.job(code=code, items=items)
    result = cli.run("run", "job.toml", "-j", "1", status=2)
    assert result.err == f"mproc: {message}\n"
    assert cli.runs() == []


@pytest.mark.parametrize("words", [["-j", "2"], ["--inline"]])
def test_what_a_function_finds_wrong_with_the_first_item_is_one_line_before_any_task(cli, words):
    check = "def check(x, limit):\n    if x < limit: raise ValueError(f'{x} is below {limit}')\nf.check_first = check"
    cli.job(code=f"def f(x, limit): open('ran', 'w')\n{check}", items="[items.grid]\nx = [1, 5]", task="args = { limit = 3 }")
    assert cli.run("run", "job.toml", *words, status=2).err == "mproc: 1 is below 3\n"
    assert cli.runs() == [] and not (cli.path / "ran").exists()
    cli.run("run", "job.toml", *words, "--set", "task.args.limit=0")
    assert (cli.path / "ran").exists()


def test_args_that_the_function_does_not_take_are_refused(cli):
    cli.job(code="def f(x, tol): return x", task="args = { tolerance = 1 }")
    err = cli.run("run", "job.toml", "--inline", status=2).err
    assert err.startswith("mproc: function 'f(x, tol)' cannot take what the items give: ")
    assert err.endswith("(items give: one value; args give: tolerance)\n")


def test_a_command_that_is_not_there_or_names_a_missing_field(cli):
    cli.write("job.toml", '[task]\ncommand = ["no-such-command", "{}"]\n[items]\nlist = [1]\n')
    assert cli.run("run", "job.toml", "-j", "1", status=2).err == (
        "mproc: the executors have no command 'no-such-command'; give its path, or install it on every node\n")
    cli.write("job.toml", '[task]\ncommand = ["echo", "{b}"]\n[items.grid]\na = [1]\n')
    assert cli.run("run", "job.toml", "--inline", status=2).err == "mproc: the item has no field 'b'; it has: a\n"
    assert cli.runs() == []


def test_what_init_code_prints_disturbs_nothing(cli):
    cli.job(code="import sys\nprint('hello from init')\nprint('err', file=sys.stderr)\ndef f(x): return x")
    result = cli.run("run", "job.toml", "-j", "1")
    assert "hello" not in result.out + result.err


def test_the_main_guard_of_an_init_file_does_not_run(cli):
    cli.write("model.py", "def f(x): return x\nif __name__ == '__main__':\n    raise SystemExit('ran as a script')\n")
    cli.job(init='files = ["model.py"]')
    cli.run("run", "job.toml", "--inline")
