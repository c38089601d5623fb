"""Pages of mproc report in a real browser."""

import pathlib

import pytest
from browser import browser  # noqa: F401: a fixture

JOBS = pathlib.Path(__file__).resolve().parents[2] / "jobs"
HOSTILE = '</script><script>document.title = "taken"</script><img src=x onerror="document.title=1">'
RANGE = "(({from, to}) => [Number(from), Number(to)])(document.querySelector('#time').dataset)"
INK = """(canvas => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(pixels.buffer)).size;
})(document.querySelectorAll('canvas')[%d])"""


def opened(browser, cli, name="job-0001.html"):
    browser.console.clear()
    browser.open(cli.path / name)
    assert browser.console == []


def words(browser, selector):
    return browser.evaluate(f"[...document.querySelectorAll({selector!r})].map(node => node.textContent)")


def drawn(browser):
    return browser.evaluate("document.documentElement.dataset.drawn").split()


def timed_run(cli):
    cli.job(code=f"import time\ndef f(x):\n    time.sleep(0.003)\n    if x % 10 == 3: raise ValueError({HOSTILE!r})\n",
            items="range = 30", run="max-failures = 10")
    cli.run("run", "job.toml", "--inline", status=1)
    cli.run("report")


def test_all_pictures_are_drawn_and_no_text_is_taken_for_html(cli, browser):
    timed_run(cli)
    opened(browser, cli)
    assert drawn(browser) == ["time", "times", "ranks", "failures", "slowest"]
    assert browser.evaluate(INK % 0) > 3 and browser.evaluate(INK % 1) > 3
    assert browser.evaluate("document.title") == "job-0001 · mproc report"
    assert "30 of 30 tasks done, 27 succeeded, 3 failed" in words(browser, "#lead")[0]
    assert words(browser, "details.group summary") == ["3 ×ValueError: " + HOSTILE]
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert len(words(browser, "svg rect")) > 0
    assert browser.evaluate("performance.getEntriesByType('resource').length") == 0  # nothing else is loaded


def test_the_keyboard_zooms_and_moves(cli, browser):
    timed_run(cli)
    opened(browser, cli)
    start, end = browser.evaluate(RANGE)
    assert start == 0 and end > 90_000
    for _ in range(12):
        if browser.evaluate("document.activeElement.className") == "time":
            break
        browser.press("Tab")
    browser.press("+")
    near = browser.evaluate(RANGE)
    assert near == pytest.approx([end / 4, end * 3 / 4])
    browser.press("ArrowRight")
    assert browser.evaluate(RANGE)[0] > near[0]
    assert " of " in words(browser, "figure#time .bar span")[0]
    browser.press("ArrowLeft")
    browser.press("-")
    assert browser.evaluate(RANGE) == [0, end]
    for _ in range(60):
        browser.press("+")
    deep = browser.evaluate(RANGE)
    assert 0 < deep[1] - deep[0] < 1
    browser.press("0")
    assert browser.evaluate(RANGE) == [0, end]
    assert browser.console == []


def test_the_pointer_shows_the_task_that_is_under_it(cli, browser):
    timed_run(cli)
    opened(browser, cli)
    box = browser.evaluate("""(box => [box.left, box.top, box.width])(document.querySelector('canvas').getBoundingClientRect())""")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0] + box[2] / 2, y=box[1] + 14)
    tip = words(browser, ".tip")[0]
    assert tip.startswith("task ") and " ms, from " in tip and "rank " in tip, tip


def test_dark_and_light_differ_and_a_print_is_light_and_open(cli, browser, tmp_path):
    timed_run(cli)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    browser.media("dark")
    opened(browser, cli)
    dark = browser.evaluate(ground)
    browser.media("light")
    assert browser.evaluate(ground) == "rgb(255, 255, 255)" != dark
    browser.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    is_open = "[...document.querySelectorAll('#failures details')].every(node => node.open)"
    browser.evaluate("document.querySelectorAll('details').forEach(node => { node.open = false; })")
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert browser.evaluate(is_open)
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not browser.evaluate(is_open)


def test_scores_and_p_values_are_drawn(cli, browser):
    for job, name, picture in (("crossval/sunspots.toml", "scores", "Scores by parameter"), ("fresh/sunspots.toml", "p-values", "P-values of features")):
        cli.run("run", JOBS / job, "--inline")
        cli.run("report", "-o", "page.html")
        opened(browser, cli, "page.html")
        assert name in drawn(browser)
        assert picture in words(browser, "h2")
        assert browser.evaluate("[...document.querySelectorAll('circle')].length") > 20
        assert browser.evaluate("[...document.querySelectorAll('svg *')].every(node => [...node.attributes].every(a => !a.value.includes('NaN')))")


def test_more_tasks_than_are_drawn_singly_are_bins_of_time_at_any_width(cli, browser):
    cli.job(code="def f(x):\n    if x % 100 == 99: raise ValueError('no')", items="range = 9000", run="chunk = 1\nmax-failures = 100")
    cli.run("run", "job.toml", "-j", "2", status=1)
    cli.run("report")
    opened(browser, cli)
    for width in (400, 60, 1200):
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    browser.call("Emulation.clearDeviceMetricsOverride")
    colors = browser.evaluate("""(canvas => {
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data, seen = new Set();
      for (let i = 0; i < pixels.length; i += 4) seen.add(pixels.slice(i, i + 3).join());
      return [...seen];
    })(document.querySelector('canvas'))""")
    assert "194,54,43" in colors  # failures
    browser.evaluate("document.querySelector('.time').focus()")
    for _ in range(20):
        browser.press("+")
    browser.call("Page.printToPDF")
    assert browser.console == []


def test_a_million_tasks_are_drawn(cli, browser):
    cli.job(code="def f(x): return x", items="range = 1_000_000")
    cli.run("run", "job.toml", "-j", "2")
    cli.run("report")
    opened(browser, cli)
    assert "time" in drawn(browser)
    assert "1,000,000 of 1,000,000 tasks done" in words(browser, "#lead")[0]


def test_pages_without_much_in_them_are_pages(cli, browser):
    cli.job(code="def f(x): return x", items="range = 1")
    cli.run("run", "job.toml", "--inline")
    cli.run("report")
    opened(browser, cli)
    assert "1 of 1 tasks done" in words(browser, "#lead")[0]
    for segment in (cli.path / "runs/job-0001/segments").iterdir():
        segment.unlink()
    cli.run("report")
    opened(browser, cli)
    assert "No task has ended yet." in words(browser, "main > p")
