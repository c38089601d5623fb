"use strict";
const data = JSON.parse(document.getElementById("data").textContent);

// Elements: every text is set as text, never as HTML.
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {}))
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
  return node;
}
const element = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const drawing = (name, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
const color = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// Numbers for people.
const count = n => Math.round(n).toLocaleString("en-US");
const plural = (n, word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
const digits = x => x === 0 ? "0" : Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 10 ? x.toFixed(1) : x.toPrecision(2);
const short = x => Number.isInteger(x) && Math.abs(x) < 1e4 ? count(x) : Math.abs(x) >= 1e9 ? digits(x / 1e9) + " G" : Math.abs(x) >= 1e6 ? digits(x / 1e6) + " M"
  : Math.abs(x) >= 1e4 ? digits(x / 1e3) + " k" : Math.abs(x) >= 100 ? count(x) : digits(x);
const percent = x => x > 0 && x < 0.001 ? "< 0.1 %" : x > 0.999 && x < 1 ? "> 99.9 %" : (100 * x).toFixed(x < 0.1 ? 1 : 0) + " %";
function duration(us) {
  if (us < 1) return us <= 0 ? "0 s" : digits(us * 1e3) + " ns";
  if (us < 1e3) return digits(us) + " µs";
  if (us < 1e6) return digits(us / 1e3) + " ms";
  if (us < 120e6) return digits(us / 1e6) + " s";
  const [large, small, size] = us < 7200e6 ? ["min", "s", 1e6] : ["h", "min", 60e6];
  const whole = Math.round(us / size), rest = whole % 60;
  return `${Math.floor(whole / 60)} ${large}` + (rest ? ` ${rest} ${small}` : "");
}
// A score or a parameter, as short as it tells neighbours apart.
const plain = x => typeof x !== "number" ? String(x) : Number.isInteger(x) ? String(x)
  : Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5 ? x.toExponential(2).replace(/\.?0+e/, "e") : String(Number(x.toPrecision(4)));

// Steps of an axis: 1, 2 and 5 times a power of ten; of time, also minutes and hours.
function step(range, most) {
  const least = range / most, power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find(f => f * power >= least * (1 - 1e-9));
}
function timeStep(range, most) {
  const least = range / most;
  if (least <= 10e6) return step(range, most);
  const longer = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400].find(s => s * 1e6 >= least);
  return longer ? longer * 1e6 : step(range / 86400e6, most) * 86400e6;
}
function ticks(from, to, by) {
  const out = [];
  for (let i = Math.ceil(from / by - 1e-9) + 0; i * by <= to + by * 1e-9; ++i) out.push(i * by);
  return out;
}
// A moment, with the digits that the step needs.
function moment(us, by) {
  if (by >= 60e6) {
    const minutes = Math.round(us / 60e6), hours = Math.floor(minutes / 60);
    return by >= 3600e6 ? `${hours} h` : hours ? `${hours} h ${minutes % 60}` : `${minutes} min`;
  }
  const [unit, size] = by >= 1e5 || us >= 10e6 ? ["s", 1e6] : by >= 100 || us >= 1e4 ? ["ms", 1e3] : ["µs", 1];
  return `${(us / size).toFixed(Math.max(0, -Math.floor(Math.log10(by / size) + 1e-9)))} ${unit}`;
}

const tip = element("div", {class: "tip", hidden: ""});
function showTip(event, text) {
  tip.textContent = text;
  tip.hidden = !text;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + "px";
  tip.style.top = (event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 18) + "px";
}
const hideTip = () => { tip.hidden = true; };
function explain(node, text) {
  node.addEventListener("pointermove", event => showTip(event, text));
  node.addEventListener("pointerleave", hideTip);
  return node;
}

const ended = data.picture.ended.reduce((sum, n) => sum + n, 0);
const drawn = name => { document.documentElement.dataset.drawn = ((document.documentElement.dataset.drawn || "") + " " + name).trim(); };
const severalSlots = data.picture.rows.some(row => row.slot || row.executors > 1);
const executorName = (rank, slot, host) =>
  `rank ${rank}${severalSlots && slot !== null && slot !== undefined ? `, executor ${slot}` : ""}${host ? " on " + host : ""}`;
const taskName = (stage, task) => (stage > 0 ? `stage ${stage + 1}, ` : "") + `task ${task}`;
