// Charts as SVG, 520 wide.
const wide = 520;
const text = (x, y, words, anchor = "middle", cls = null) => drawing("text", {x, y, "text-anchor": anchor, class: cls}, words);
const rule = (x1, y1, x2, y2, cls = "grid") => drawing("line", {x1, y1, x2, y2, class: cls});
const dot = (cx, cy, r, style) => drawing("circle", {cx, cy, r, style});

// Marks of a logarithmic axis: powers of ten, with 2 and 5 between where there are few.
function logTicks(least, most) {
  const out = [], decades = Math.log10(most / least);
  const factors = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const skip = Math.max(1, Math.ceil(decades / 7));
  for (let p = Math.floor(Math.log10(least)); p <= Math.ceil(Math.log10(most)); ++p)
    for (const f of factors)
      if (f * 10 ** p >= least * (1 - 1e-9) && f * 10 ** p <= most * (1 + 1e-9) && p % skip === 0) out.push(f * 10 ** p);
  return out;
}

function histogram(times) {
  const {firstClass, classesAnOctave, counts, quantiles} = times;
  let merged = 1;
  while (Math.ceil(counts.length / merged) > 48) merged *= 2;
  const begin = Math.floor(firstClass / merged) * merged, groups = [];
  counts.forEach((n, i) => {
    const group = Math.floor((firstClass + i - begin) / merged);
    groups[group] = (groups[group] || 0) + n;
  });
  while (groups.length < 8) groups.push(0);
  const edge = i => 2 ** ((begin + i * merged) / classesAnOctave) / 1e3;
  const left = 52, right = wide - 12, top = 26, bottom = 190, height = 226;
  const most = Math.max(...groups.map(n => n || 0), 1), by = Math.max(step(most, 4), 1);
  const x = i => left + (right - left) * i / groups.length;
  const at = us => x((Math.log2(us * 1e3) * classesAnOctave - begin) / merged);
  const y = n => bottom - (bottom - top) * n / most;
  const svg = drawing("svg", {viewBox: `0 0 ${wide} ${height}`, role: "img", "aria-label": "Histogram of task times"});
  for (const n of ticks(0, most, by)) svg.append(rule(left, y(n), right, y(n)), text(left - 8, y(n) + 4, short(n), "end"));
  groups.forEach((n, i) => {
    if (!n) return;
    const bar = drawing("rect", {x: x(i) + 0.5, y: Math.min(y(n), bottom - 1), width: Math.max(1, x(i + 1) - x(i) - 1),
      height: Math.max(1, bottom - y(n)), style: "fill: var(--accent)"});
    svg.append(explain(bar, `${duration(edge(i))} to ${duration(edge(i + 1))}\n${plural(n, "task")}`));
  });
  svg.append(rule(left, bottom, right, bottom, "base"));
  for (const us of logTicks(edge(0), edge(groups.length)))
    svg.append(rule(at(us), bottom, at(us), bottom + 4, "base"), text(at(us), bottom + 18, duration(us).replace(/\.0+(?= )/, "")));
  let last = -99;
  for (const [share, name] of [["0.5", "median"], ["0.95", "95 %"], ["0.99", "99 %"]]) {
    const place = at(quantiles[share]);
    if (place - last < 46) continue;
    svg.append(drawing("line", {x1: place, y1: top - 6, x2: place, y2: bottom, style: "stroke: var(--ink); stroke-dasharray: 2 3"}),
      text(place, top - 10, name, "middle", "strong"));
    last = place;
  }
  return svg.append(text(right, height - 2, "time of a task", "end"), text(0, 12, "tasks", "start")), svg;
}

// Where values of a parameter stand: on a line or a logarithmic one, or side by side.
function placesOf(param, left, right) {
  const known = param.values.filter(v => v !== null);
  const distinct = [...new Set(known)];
  if (param.numeric && distinct.length > 1) {
    const least = Math.min(...distinct), most = Math.max(...distinct), log = least > 0 && most / least >= 1000;
    const f = log ? Math.log : v => v, span = f(most) - f(least);
    const place = v => left + 14 + (right - left - 28) * (f(v) - f(least)) / span;
    const marks = distinct.length <= 6 ? distinct : log ? logTicks(least, most) : ticks(least, most, step(most - least, 5));
    return {place, marks, room: 5, log};
  }
  const width = (right - left) / distinct.length;
  return {place: v => left + width * (distinct.indexOf(v) + 0.5), marks: distinct, room: Math.min(width * 0.3, 26), log: false};
}

// Where the axis of scores begins: of a few that are far below all others, it would show nothing else.
function leastShown(score) {
  const means = score.mean.filter(v => v !== null).sort((a, b) => a - b);
  const all = [...means, ...score.splits.flat().filter(v => v !== null)];
  const quarter = means[Math.floor(means.length / 4)], most = Math.max(...all);
  const least = quarter - 4 * Math.max(means.at(-1) - quarter, 1e-12);
  const few = means.filter(v => v < least).length * 8 <= means.length;
  return {least: Math.max(Math.min(...all), few ? least : -Infinity), most};
}

function scorePanel(param, score, best) {
  const w = 330, h = 210, left = 46, right = w - 8, top = 10, bottom = h - 44;
  const {least, most} = leastShown(score), span = most - least || Math.abs(most) || 1;
  const y = v => bottom - 6 - (bottom - top - 12) * (Math.max(v, least) - least) / span;
  const {place, marks, room, log} = placesOf(param, left, right);
  const svg = drawing("svg", {viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": `${score.name} by ${param.name}`});
  for (const v of ticks(least, least + span, step(span, 5))) svg.append(rule(left, y(v), right, y(v)), text(left - 6, y(v) + 4, plain(v), "end"));
  svg.append(rule(left, bottom, right, bottom, "base"));
  let last = -99;
  for (const v of [...marks].sort((a, b) => place(a) - place(b))) {
    const words = plain(v), needed = 3.6 * Math.min(words.length, 16);
    svg.append(rule(place(v), bottom, place(v), bottom + 4, "base"));
    if (place(v) - needed < last) continue;
    svg.append(text(place(v), bottom + 17, words.length > 16 ? words.slice(0, 15) + "…" : words));
    last = place(v) + needed + 6;
  }
  svg.append(text((left + right) / 2, h - 6, param.name + (log ? " (logarithmic)" : ""), "middle", "strong"));
  // Candidates that share a value stand side by side, always the same.
  const x = i => place(param.values[i]) + room * (((i * 0.618034) % 1) * 2 - 1);
  const shown = param.values.map((v, i) => i).filter(i => param.values[i] !== null);
  for (const split of score.splits)
    for (const i of shown) if (split[i] !== null && split[i] >= least) svg.append(dot(x(i), y(split[i]), 1.8, "fill: var(--soft); opacity: 0.3"));
  for (const i of shown)
    if (score.mean[i] !== null && i !== best)
      svg.append(explain(dot(x(i), y(score.mean[i]), 3.2, score.mean[i] < least ? "fill: var(--ground); stroke: var(--accent)"
        : "fill: var(--accent); stroke: var(--ground); stroke-width: 0.75"), candidateText(i, score)));
  if (best >= 0 && param.values[best] !== null && score.mean[best] !== null)
    svg.append(explain(dot(x(best), y(score.mean[best]), 5.5, "fill: var(--ground); stroke: var(--accent); stroke-width: 3"), candidateText(best, score)));
  return svg;
}
const candidateText = (i, score) => data.scores.params.map(p => `${p.name} = ${plain(p.values[i])}`).join("\n") +
  `\nmean ${score.name} ${plain(score.mean[i])}` + (score.rank[i] !== null ? `, rank ${score.rank[i]}` : "");

function pValueChart(p) {
  const left = 60, right = wide - 12, top = 26, bottom = 236, height = 276;
  const floor = Math.max(1e-300, Math.min(...p.points.map(([, v]) => v || 1), p.fdr ? p.fdr / p.divisor / p.tested : 1)) ** 1.05;
  const x = rank => left + (right - left) * Math.log(rank) / Math.log(Math.max(p.tested, 2));
  const y = v => top + (bottom - top) * Math.log(Math.max(v, floor)) / Math.log(floor);
  const svg = drawing("svg", {viewBox: `0 0 ${wide} ${height}`, role: "img", "aria-label": "P-values of the features in order"});
  for (const v of logTicks(floor, 1)) svg.append(rule(left, y(v), right, y(v)), text(left - 8, y(v) + 4, v >= 0.01 ? String(v) : v.toExponential(0), "end"));
  svg.append(rule(left, bottom, right, bottom, "base"));
  for (const rank of logTicks(1, p.tested)) if (rank % 1 === 0)
    svg.append(rule(x(rank), bottom, x(rank), bottom + 4, "base"), text(x(rank), bottom + 18, count(rank)));
  if (p.fdr) {
    const level = rank => rank / p.tested * p.fdr / p.divisor;
    svg.append(drawing("line", {x1: x(1), y1: y(level(1)), x2: x(p.tested), y2: y(level(p.tested)), style: "stroke: var(--ink); stroke-dasharray: 5 4"}));
    svg.append(text(left + 10, y(level(1)) + 18, `false discovery rate ${plain(p.fdr)}`, "start", "strong"));
  }
  for (const [rank, v, relevant] of p.points)
    svg.append(dot(x(rank), y(v), p.points.length > 400 ? 1.8 : 3, `fill: var(--${relevant ? "accent" : "soft"}); opacity: ${relevant ? 0.9 : 0.5}`));
  return svg.append(text((left + right) / 2, height - 4, "features in order of their p-value", "middle"), text(0, 12, "p-value", "start")), svg;
}
