import json

from conftest import JOBS


def test_gives_the_expected_bytes(gives_expected, way):
    gives_expected("command", "command.jsonl", way)


def test_the_expected_output_is_of_every_sum_in_the_grids_order():
    rows = [json.loads(line) for line in (JOBS / "command" / "expected.jsonl").read_text().splitlines()]
    assert [(row["a"], row["b"]) for row in rows] == [(a, b) for a in (1, 2, 3) for b in (10, 20)]
    for index, row in enumerate(rows):
        assert row["index"] == index
        assert row["stdout"] == f"{row['a'] + row['b']}\n"
        assert (row["exit"], row["stderr"], row["status"], row["error"]) == (0, "", "ok", None)
