"""The notebook, executed by nbconvert in a real kernel."""

import json

import pytest
from conftest import JOBS

pytest.importorskip("nbconvert")
pytest.importorskip("ipykernel")

NOTEBOOK = JOBS / "sunspots" / "period.ipynb"


def outputs(text):
    """What each cell shows, without what nobody sees."""
    shown = []
    for cell in json.loads(text)["cells"]:
        for output in cell.get("outputs", []):
            shown.append({key: output[key] for key in ("output_type", "name", "text", "data") if key in output})
    return shown


def test_the_notebook_gives_the_outputs_that_are_stored_in_it(cli):
    result = cli.run("python", "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", NOTEBOOK,
                     env={"HOME": cli.path, "PYDEVD_DISABLE_FILE_VALIDATION": "1"})
    stored = outputs(NOTEBOOK.read_text())
    assert len(stored) > 5
    assert outputs(result.out) == stored
    cli.check_nothing_is_left()
