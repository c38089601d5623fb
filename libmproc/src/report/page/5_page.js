// The page: numbers first, then pictures, then what to look up.
const page = document.getElementById("page");
const section = (title, note, ...children) =>
  element("section", {}, element("h2", {}, title), note ? element("p", {class: "note"}, note) : null, ...children);
const busyOf = s => s.busy + s.before + s.between + s.after + (s.unused || 0);
const swatch = (style, words) => element("li", {}, element("i", {style}), words);

function lead(run) {
  const done = run.succeeded + run.failed, total = run.total === null ? "" : ` of ${count(run.total)}`;
  const states = {finished: "Finished", killed: "Stopped without an end (killed?)", running: "Under way", draining: "Coming to its end",
    interrupted: "Interrupted", drained: "Stopped before its end", stopped: "Stopped: too many tasks failed", incomplete: "Incomplete"};
  return element("p", {class: "lead", id: "lead"}, `${states[run.state] || run.state}: ${count(done)}${total} tasks done, ${count(run.succeeded)} succeeded, `,
    element("span", {class: run.failed ? "fail" : null}, `${count(run.failed)} failed`), ".");
}

function head() {
  const {run, shares, times, picture} = data, all = busyOf(shares), seconds = picture.length / 1e6;
  const cell = (value, words) => element("div", {}, element("b", {}, value), element("span", {}, words));
  page.append(element("header", {}, element("h1", {}, run.name), lead(run),
    element("p", {class: "soft"}, `${run.directory} · page written ${run.written}`),
    run.underWay ? element("p", {class: "warning", id: "under-way"}, `This run is under way. The page shows it as it was at ${run.written}.`) : null,
    ...run.notes.map(note => element("p", {class: "warning"}, note))));
  if (!ended) return page.append(element("p", {}, "No task has ended yet."));
  page.append(element("div", {class: "numbers", id: "numbers"},
    cell(duration(picture.length), run.sessions.length > 1 ? `wall time of ${run.sessions.length} sessions` : "wall time"),
    cell(all ? percent(shares.busy / all) : "–", `core efficiency of ${plural(shares.executors, "executor")}`),
    cell(seconds > 0 ? short(ended / seconds) : "–", "tasks a second"),
    cell(duration(times.quantiles["0.5"]), "median task"),
    cell(duration(times.longest), "longest task")));
  const parts = [["busy", "in tasks", "var(--accent)"], ["before", "start-up, before an executor's first task", "var(--accent-2)"],
    ["between", "idle between tasks", "color-mix(in srgb, var(--soft) 75%, var(--ground))"],
    ["after", "waiting at the end, after its last task", "color-mix(in srgb, var(--soft) 45%, var(--ground))"],
    ["unused", "executors without a task", "var(--line)"]].filter(([key]) => shares[key] / all >= 0.0005);
  page.append(element("div", {id: "shares"}, element("p", {class: "soft"}, `Where the time of the executors went: ${duration(all)} in all.`),
    element("div", {class: "shares"}, ...parts.map(([key, , paint]) => element("i", {style: `width: ${100 * shares[key] / all}%; background: ${paint}`}))),
    element("ul", {class: "legend"}, ...parts.map(([key, words, paint]) => swatch(`background: ${paint}`, `${percent(shares[key] / all)} ${words}`)))));
}

function overTime() {
  const view = new TimeView(data.picture, data.bars);
  const note = data.picture.rows.some(row => row.executors > 1) ? "Each row is several executors; the darker, the more of them are busy."
    : data.bars.all ? "Each bar is a task, or a block of tasks that took less than 1 ms." : "The darker, the busier. The longest tasks are bars of their own where there is room.";
  page.append(section("Executors over time", note, view.figure, element("ul", {class: "legend"},
    swatch("background: var(--accent)", "in a task"), data.failures.count + data.retried.count ? swatch("background: var(--fail)", "failed") : null,
    swatch("background: var(--faint); outline: 1px solid var(--line)", "idle"),
    data.run.sessions.length > 1 ? swatch("border-left: 2px dashed var(--ink); width: 2px; border-radius: 0", "a new session; the time between is left out") : null),
    element("p", {class: "note keys"}, "Drag over a stretch to see it closer, double-click for all. With the keyboard: arrows move, + and − zoom, 0 shows all. Ctrl and the wheel zoom.")));
  view.draw();
  const redraw = () => view.draw();
  addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  matchMedia("print").addEventListener("change", redraw);
  drawn("time");
}

function table(columns, rows) {
  return element("div", {class: "scroll", tabindex: 0}, element("table", {},
    element("thead", {}, element("tr", {}, ...columns.map(([name, cls]) => element("th", {class: cls}, name)))),
    element("tbody", {}, ...rows.map(cells => element("tr", {}, ...cells.map((cell, i) => element("td", {class: columns[i][1]}, cell)))))));
}
const meter = share => element("span", {class: "meter"}, element("i", {style: `width: ${100 * Math.max(0, Math.min(1, share))}%`}));

const blocks = data.bars.list.some(([, , , , , tasks]) => tasks > 1);
function timesAndRanks() {
  const {times, ranks} = data;
  const figures = element("div", {class: "two"});
  if (times.tasks) {
    figures.append(section("Times of tasks", `median ${duration(times.quantiles["0.5"])}, 95 % within ${duration(times.quantiles["0.95"])}, ` +
      `longest ${duration(times.longest)}` + (blocks ? "; tasks of less than 1 ms are timed by blocks, and count by their mean" : ""), histogram(times)));
    drawn("times");
  }
  const rows = ranks.map(r => {
    const all = busyOf(r);
    return [String(r.rank), r.host, count(r.executors), count(r.tasks), r.failed ? element("span", {class: "fail"}, count(r.failed)) : "0",
      element("span", {}, meter(all ? r.busy / all : 0), all ? percent(r.busy / all) : "–")];
  });
  figures.append(section("Utilisation of ranks", "the share of a rank's time that its executors were in tasks",
    table([["rank", "n"], ["host"], ["executors", "n"], ["tasks", "n"], ["failed", "n"], ["busy"]], rows)));
  drawn("ranks");
  page.append(figures);
}

function failureGroup(group, open) {
  const tasks = group.tasks.join(", ") + (group.count > group.tasks.length ? ", …" : "");
  const block = (title, words) => words ? [element("h3", {}, title), element("pre", {}, words)] : [];
  const facts = [["tasks", tasks], ["kind", group.kind], ["item", group.item], ["where", group.where]].filter(([, words]) => words);
  const told = group.traceback || (group.message.includes("\n") ? group.message : "");
  return element("details", {open: open ? "" : null, class: "group"},
    element("summary", {}, element("b", {}, `${count(group.count)} ×`), group.text),
    element("div", {}, element("dl", {}, ...facts.flatMap(([name, words]) => [element("dt", {}, name), element("dd", {}, words)])),
      ...block(group.traceback.startsWith("Traceback") ? "Traceback of the first" : "It said last", told), ...block("It printed", group.printed)));
}

function failures() {
  const list = (found, title, note, id) => {
    if (!found.count) return;
    const others = found.kinds - found.groups.length;
    const more = others ? element("p", {class: "note"}, `and ${found.others ? "more than " : ""}${plural(others, "other kind")} of failure`) : null;
    const part = section(title, note, ...found.groups.map((group, i) => failureGroup(group, id === "failures" && i === 0)), more);
    part.id = id;
    page.append(part);
  };
  list(data.failures, "Failures", `${plural(data.failures.count, "task")} failed, grouped by message`, "failures");
  list(data.retried, "Attempts that were made again", `${plural(data.retried.count, "attempt")} failed; the tasks were tried again`, "retried");
  drawn("failures");
}

function slowest() {
  if (!data.slowest.length) return;
  const longest = data.slowest[0].length || 1, items = data.slowest.some(t => t.item);
  const columns = [["task", "one"], ["item", "wide"], ["time", "n"], [""], ["began at", "n"], ["where", "one"]];
  const rows = data.slowest.map(t => [taskName(t.stage, t.task), t.item, duration(t.length),
    element("span", {}, meter(t.length / longest), t.failed ? element("span", {class: "fail"}, "failed") : ""), duration(t.start), executorName(t.rank, t.slot, t.host)]);
  const shown = list => list.filter((_, i) => items || i !== 1);
  page.append(section("Slowest tasks", blocks ? "of those that were timed by themselves" : null, table(shown(columns), rows.map(shown))));
  drawn("slowest");
}

function scores() {
  const s = data.scores;
  if (!s || !s.scores.length) return;
  const panels = element("div", {class: "panels"}), below = element("p", {class: "note"}), choose = element("select", {"aria-label": "score"}, ...s.scores.map(score => element("option", {}, score.name)));
  const lastRung = s.rungs ? s.rungs.at(-1) : null;
  const show = which => {
    const score = s.scores[which];
    const best = score.rank.findIndex((rank, i) => rank === 1 && (lastRung === null || s.rungs[i] === lastRung));
    const {least} = leastShown(score), low = score.mean.filter(v => v !== null && v < least).length;
    below.textContent = low ? `${plural(low, "candidate")} below ${plain(least)}: hollow, at the edge` : "";
    panels.replaceChildren(...s.params.filter(param => new Set(param.values).size > 1).map(param => scorePanel(param, score, best)));
  };
  choose.addEventListener("change", () => show(choose.selectedIndex));
  show(0);
  const best = s.best ? Object.entries(s.best.params).map(([name, value]) => `${name} = ${typeof value === "number" ? plain(value) : JSON.stringify(value)}`).join(", ") || "no parameters" : null;
  const means = s.best ? s.scores.map((score, i) => `${score.name} ${plain(s.best.means[i])}`).join(", ") : "";
  const holdout = s.best?.holdout?.length ? `; on the holdout ${s.best.holdout.map(plain).join(", ")}` : "";
  page.append(section("Scores by parameter", `${plural(s.candidates, s.rungs ? "fit of a candidate" : "candidate")}, ${plural(s.scores[0].splits.length, "split")}`,
    best ? element("p", {}, element("b", {}, "Best: "), `${best}: mean ${means}${holdout}`) : null, s.scores.length > 1 ? choose : null, panels, below,
    element("ul", {class: "legend"}, swatch("background: var(--accent); border-radius: 50%", "mean of a candidate"),
      swatch("border: 3px solid var(--accent); border-radius: 50%", "the best"), swatch("background: var(--soft); opacity: 0.4; border-radius: 50%", "one split"))));
  drawn("scores");
}

function pValues() {
  const p = data.pValues;
  if (!p || !p.tested) return;
  const named = p.best.map(([name, value, relevant], i) => [String(i + 1), name, plain(value), relevant ? "relevant" : ""]);
  page.append(section("P-values of features", `${count(p.relevant)} of ${plural(p.features, "feature")} selected` +
    (p.features > p.tested ? `; ${count(p.features - p.tested)} are constant` : "") + ". Both axes are logarithmic.",
    element("div", {class: "two"}, element("figure", {}, pValueChart(p), element("ul", {class: "legend"},
      swatch("background: var(--accent); border-radius: 50%", "selected"), swatch("background: var(--soft); border-radius: 50%", "not selected"))),
    table([["", "n"], ["feature", "wide"], ["p-value", "n"], [""]], named))));
  drawn("p-values");
}

function lookUp() {
  if (data.events.length)
    page.append(section("What happened", null, table([["time"], ["at", "n"], ["event", "wide"]],
      data.events.map(e => [e.time, duration(e.at), e.text]))));
  page.append(section("Job", data.job.file, element("pre", {id: "job"}, data.job.text || "job.json cannot be read"),
    ...data.job.files.map(file => element("details", {}, element("summary", {}, file.name), element("div", {}, element("pre", {}, file.content))))));
  page.append(section("Where it came from", null, element("dl", {id: "origin"},
    ...data.origin.filter(([, words]) => words).flatMap(([name, words]) => [element("dt", {}, name), element("dd", {}, words)]))));
  page.append(element("footer", {class: "soft"}, `mproc report, ${data.run.written}`));
}

document.body.append(tip);
head();
if (ended) {
  scores();
  pValues();
  overTime();
  timesAndRanks();
}
failures();
slowest();
lookUp();
// On paper failures are open.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("#failures details:not([open])")];
  for (const node of opened) node.open = true;
});
addEventListener("afterprint", () => { for (const node of opened) node.open = false; });
