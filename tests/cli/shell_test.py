"""Commands as lines, with GNU parallel's replacement strings."""


def test_a_job_file_has_lines_too(cli):
    cli.write("job.toml", '[task]\ncommand = "echo {n} | tr 1 x; echo $MPROC_TASK_ID {{n}} ${N} {#} {2.} >&2"\n'
              '[items.zip]\nn = [11, 21]\nf = ["a.b", "c d.e"]\n[run]\nenv = { N = "n" }\n[output]\npath = "out.jsonl"\n')
    assert cli.run("check", "job.toml").out.startswith("job.toml: 2 tasks of command echo {n} | tr 1 x;")
    cli.run("run", "job.toml", "-j", "1")
    assert [(row["stdout"], row["stderr"]) for row in cli.rows("out.jsonl")] == [("xx\n", "0 {n} n 1 a\n"), ("2x\n", "1 {n} n 2 c d\n")]
    assert "nothing to do" in cli.run("run", "job.toml").err
    assert "differs from run job-0001 in its kernel" in cli.run("run", "job.toml", "--inline", "--set", "task.command=echo {n}").err
