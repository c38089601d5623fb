"""A disk that is full: a clear error, and once there is space the same command goes on. The disk is a small one in
memory, in a mount namespace of the test's own."""

import os
import subprocess

import pytest
from harness import MPROC

NAMESPACE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
TWICE = """
mkdir small && mount -t tmpfs -o size={size} none small || exit 99
"$0" run job.toml -j 2 --runs small/runs 2>first; echo $? >status
{between}
"$0" run job.toml -j 2 --runs small/runs
status=$?
cp small/out.jsonl . 2>&-
exit $status
"""

can_mount = subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0
pytestmark = pytest.mark.skipif(not can_mount, reason="no mount namespace may be made here")

MIB = 1 << 20
TASKS = 24


def run_twice(cli, size, between, output):
    cli.job(code=f"def f(x): return chr(97 + x) * {MIB // 4}", items=f"range = {TASKS}", output=output)
    result = cli.start("-c", TWICE.format(size=size, between=between), MPROC, program=[*NAMESPACE, "sh"]).wait()
    assert cli.read("status") == "3\n", cli.read("first")
    assert result.status == 0, repr(result)
    assert [row["result"] for row in cli.rows("out.jsonl")] == [chr(97 + x) * (MIB // 4) for x in range(TASKS)]
    said = [line for line in cli.read("first").splitlines() if "No space left on device" in line]
    assert said and len(set(said)) == len(said), cli.read("first")
    return said[0], result.err


def test_a_full_disk_ends_the_run_with_a_clear_error_and_the_same_command_goes_on(cli):
    said, err = run_twice(cli, "4m", "mount -o remount,size=64m small", "out.jsonl")
    assert said.startswith("mproc: cannot write small/runs/job-0001/s")  # segments, or status.json
    assert said.endswith(": No space left on device; the same command goes on")
    assert "mproc: going on with run job-0001: " in err


def test_an_output_that_does_not_fit_any_more_is_written_by_the_same_command(cli):
    said, _ = run_twice(cli, "8m", "mount -o remount,size=64m small", "small/out.jsonl")
    assert said.startswith("mproc: cannot write small/out.jsonl.part.")
    assert said.endswith(": No space left on device; the same command goes on")
