"""mproc report: a run as a page, and as a trace. What a browser makes of pages is in browser_test.py."""

import csv
import gzip
import html.parser
import json
import pathlib
import re

import pytest

from harness import wait_until

JOBS = pathlib.Path(__file__).resolve().parents[2] / "jobs"


class Scripts(html.parser.HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "script":
            self.inside = True
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag == "script":
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data


def data_of(cli, name="job-0001.html"):
    text = (cli.path / name).read_text()
    found = Scripts(text)
    assert len(found.scripts) == 2 and "b" not in found.tags
    return json.loads(found.scripts[0])


HOSTILE = '</script><script>alert(1)</script><b>"quoted\'" & <!-- ]]>'


@pytest.fixture
def frail(cli):
    """Three of 40 tasks fail, with text that is HTML."""
    cli.job(code=f"""
import time
def f(x):
    time.sleep(0.002)
    print("<i>printed</i>", x)
    if x % 16 == 5: raise ValueError({HOSTILE!r})
    return x
""".replace("'''", "\"\"\""), items="range = 40", run="max-failures = 10")
    cli.run("run", "job.toml", "-j", "1", status=1)
    return cli


def test_a_run_becomes_one_page_beside_the_user(frail):
    result = frail.run("report")
    assert re.fullmatch(r"job-0001.html: \d+ kB\n", result.out), result.out
    assert result.err == ""
    data = data_of(frail)
    assert data["run"]["state"] == "finished" and not data["run"]["underWay"]
    assert (data["run"]["succeeded"], data["run"]["failed"], data["run"]["total"]) == (37, 3, 40)
    assert len(data["bars"]["list"]) == 40 and data["bars"]["all"]
    assert data["times"]["tasks"] == sum(data["times"]["counts"]) == sum(data["picture"]["ended"]) == 40
    assert data["times"]["shortest"] >= 2000
    shares = data["shares"]
    spent = sum(shares[part] for part in ("busy", "before", "between", "after"))
    assert shares["unused"] == 0
    assert spent == pytest.approx(data["picture"]["length"], rel=1e-3)  # one executor
    assert data["slowest"][0]["length"] >= data["slowest"][-1]["length"] >= 2000
    assert data["slowest"][0]["item"] == str(data["slowest"][0]["task"])
    assert [event["text"] for event in data["events"]][-1] == "finished"
    assert "[items]\nrange = 40\n" in data["job"]["text"] and "code = '''\n" in data["job"]["text"]
    assert {"host", "started", "seed", "mproc", "directory"} <= {name for name, _ in data["origin"]}


def test_failures_are_grouped_with_their_traceback_and_no_text_is_taken_for_html(frail):
    frail.run("report", "-o", "page.html")
    groups = data_of(frail, "page.html")["failures"]["groups"]
    assert len(groups) == 1
    assert groups[0]["text"] == "ValueError: " + HOSTILE
    assert (groups[0]["count"], groups[0]["tasks"], groups[0]["item"]) == (3, [5, 21, 37], "5")
    assert groups[0]["traceback"].endswith("ValueError: " + HOSTILE + "\n") or groups[0]["traceback"].endswith(HOSTILE)
    assert groups[0]["printed"] == "<i>printed</i> 5\n"


def test_attempts_that_were_made_again_are_apart(cli):
    cli.job(code="seen = set()\ndef f(x):\n    if x == 1 and not seen:\n        seen.add(x)\n        raise ValueError('once')\n    return x",
            items="range = 3", task="retries = 1")
    cli.run("run", "job.toml", "--inline")
    cli.run("report")
    data = data_of(cli)
    assert data["failures"]["count"] == 0
    assert [(g["text"], g["count"], g["tasks"]) for g in data["retried"]["groups"]] == [("ValueError: once", 1, [1])]


def test_text_that_is_no_utf_8_breaks_nothing(cli):
    cli.write("job.toml", '[task]\ncommand = ["sh", "-c", "printf \'\\\\377\\\\200<b>\' >&2; exit 3"]\n[items]\nrange = 1\n')
    cli.run("run", "job.toml", "--inline", status=1)
    cli.run("report")
    assert "\ufffd" in data_of(cli)["failures"]["groups"][0]["traceback"]


def test_sessions_are_one_after_the_other_without_the_time_between(cli):
    cli.job(code="import time\ndef f(x): time.sleep(0.01)", items="range = 4")
    cli.run("run", "job.toml", "--inline", "--tasks", "0-1")
    cli.run("run", "job.toml", "--inline")
    cli.run("report")
    data = data_of(cli)
    first, second = data["run"]["sessions"]
    assert first["at"] == 0 and second["at"] == pytest.approx(first["length"], abs=2)
    assert data["picture"]["length"] == pytest.approx(first["length"] + second["length"], abs=3)
    assert [bar[4] for bar in data["bars"]["list"]] == [0, 1, 2, 3]


def test_a_run_under_way_is_shown_as_far_as_it_is(cli):
    cli.job(code="import os, time\ndef f(x):\n    while x > 2 and not os.path.exists('go'): time.sleep(0.01)", items="range = 8", run="chunk = 1")
    running = cli.start("run", "job.toml", "-j", "2")
    wait_until(lambda: (cli.path / "runs").exists() and "3 of 8" in cli.start("status").wait().out, "three tasks done")
    cli.run("report")
    data = data_of(cli)
    assert data["run"]["underWay"] and data["run"]["state"] == "running"
    assert data["run"]["succeeded"] == 3 and data["run"]["total"] == 8
    cli.write("go", "")
    running.wait()
    cli.run("report")
    assert not data_of(cli)["run"]["underWay"]


def test_a_damaged_journal_is_shown_as_far_as_it_can_be_read_and_says_so(frail):
    segment = next((frail.path / "runs/job-0001/segments").iterdir())
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0xFF
    segment.write_bytes(content)
    assert "mproc: warning: run job-0001" in frail.run("report").err
    data = data_of(frail)
    assert any("journal is damaged" in note for note in data["run"]["notes"])


def test_a_run_without_a_task_has_a_page(cli):
    cli.job(code="def f(x): return x")
    cli.run("run", "job.toml", "--inline")
    for segment in (cli.path / "runs/job-0001/segments").iterdir():
        segment.unlink()
    cli.run("report")
    assert data_of(cli)["times"]["tasks"] == 0


def test_what_is_no_report_is_not_overwritten(frail):
    frail.write("mine.html", "<p>mine</p>")
    result = frail.run("report", "-o", "mine.html", status=2)
    assert result.err == "mproc: mine.html is there and is no report of mproc; choose another path by -o, or remove it\n"
    assert frail.read("mine.html") == "<p>mine</p>"
    for name in ("page.html", "trace.json", "trace.json.gz"):
        frail.run("report", "-o", name)
        before = (frail.path / name).stat().st_ino
        frail.run("report", "-o", name)
        assert (frail.path / name).stat().st_ino != before
    assert frail.run("report", "-o", "page.txt", status=2).err == \
        "mproc: cannot write page.txt: a report is .html, a trace for Perfetto .json or .json.gz\n"
    assert frail.run("report", "-o", "none/page.html", status=2).err == \
        "mproc: cannot write none/page.html: the directory none does not exist; create it\n"


def test_a_trace_has_a_slice_for_each_task(frail):
    frail.run("report", "-o", "trace.json")
    trace = json.loads(frail.read("trace.json"))
    slices = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    assert len(slices) == 40
    assert sorted(event["name"] for event in slices if event["cat"] == "failed") == ["task 21", "task 37", "task 5"]
    assert all(event["dur"] >= 2000 and event["ts"] >= 0 for event in slices)
    named = {(event["name"], event["args"]["name"]) for event in trace["traceEvents"] if event["ph"] == "M"}
    assert any(kind == "process_name" and name.startswith("rank ") for kind, name in named)
    frail.run("report", "-o", "trace.json.gz")
    assert json.loads(gzip.decompress((frail.path / "trace.json.gz").read_bytes())) == trace


def test_a_million_tasks_are_a_page_of_less_than_3_mb(cli):
    cli.job(code="def f(x): return x", items="range = 1_000_000")
    cli.run("run", "job.toml", "-j", "2")
    cli.run("report")
    assert (cli.path / "job-0001.html").stat().st_size < 3_000_000
    data = data_of(cli)
    assert data["times"]["tasks"] == sum(data["picture"]["ended"]) == 1_000_000


def test_scores_of_a_cross_validation_are_in_the_page(cli):
    cli.run("run", JOBS / "crossval/sunspots.toml", "--inline")
    cli.run("report")
    data = data_of(cli, cli.runs()[0] + ".html")
    scores = data["scores"]
    with open(JOBS / "crossval/expected_sunspots-ridge.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    name = scores["scores"][0]["name"]
    assert scores["candidates"] == len(rows)
    for parameter in scores["params"]:
        assert list(map(str, parameter["values"])) == [row["param_" + parameter["name"]] for row in rows]
    assert scores["scores"][0]["mean"] == pytest.approx([float(row["mean_test_" + name]) for row in rows])
    assert len(scores["scores"][0]["splits"]) == sum(key.startswith("split") and key.endswith("_test_" + name) for key in rows[0])
    assert set(scores["best"]["params"]) == {parameter["name"] for parameter in scores["params"]}
    assert data["run"]["notes"] == []


def test_p_values_of_selected_features_are_in_the_page(cli):
    cli.run("run", JOBS / "fresh/sunspots.toml", "--inline")
    cli.run("report")
    found = data_of(cli, cli.runs()[0] + ".html")["pValues"]
    with open(JOBS / "fresh/expected_relevance.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["p_value"]]
    assert [point[1] for point in found["points"]] == pytest.approx([float(row["p_value"]) for row in rows])
    assert found["relevant"] == sum(row["relevant"].lower() == "true" for row in rows)
    assert found["best"][0][0] == rows[0]["feature"]
    assert found["fdr"] == 0.05 and found["divisor"] == pytest.approx(sum(1 / i for i in range(1, len(rows) + 1)))


def test_a_picture_that_cannot_be_made_is_missed_with_its_reason(cli):
    for name in ("sunspots.toml", "windows.csv", "next.csv"):
        cli.write(name, (JOBS / "fresh" / name).read_text())
    cli.run("run", "sunspots.toml", "--inline")
    (cli.path / "next.csv").unlink()
    cli.run("report")
    data = data_of(cli, cli.runs()[0] + ".html")
    assert data["pValues"] is None
    assert len(data["run"]["notes"]) == 1 and "p-values are not shown: " in data["run"]["notes"][0] and "next.csv" in data["run"]["notes"][0]
