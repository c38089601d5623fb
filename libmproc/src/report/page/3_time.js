// Executors over time, and what they got done: one axis of time for both.
const digitValue = new Uint8Array(128);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((c, i) => { digitValue[c.charCodeAt(0)] = i; });
const values = (text, bins) => Uint8Array.from({length: bins}, (_, i) => text ? digitValue[text.charCodeAt(i)] : 0);

// Each level has half the bins of the one below: any zoom reads about one bin a pixel.
function pyramid(finest, combine) {
  const levels = [Float32Array.from(finest)];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1), level = new Float32Array(Math.ceil(below.length / 2));
    for (let i = 0; i < level.length; ++i)
      level[i] = combine(below[2 * i], 2 * i + 1 < below.length ? below[2 * i + 1] : 0);
    levels.push(level);
  }
  return levels;
}

class TimeView extends TimePainter {
  constructor(picture, bars) {
    super();
    this.length = Math.max(picture.length, 1);
    this.bin = picture.bin;
    this.bins = picture.ended.length;
    this.rows = picture.rows.map(row => ({...row,
      busy: pyramid(values(row.busy, this.bins), (a, b) => (a + b) / 2),
      failed: row.failed ? pyramid(values(row.failed, this.bins), (a, b) => a + b) : null}));
    this.all = bars.all;
    this.bars = this.rows.map(() => []);
    bars.list.forEach(([row, start, length, stage, first, tasks, failed], i) =>
      this.bars[row].push({start, length, stage, first, tasks, failed, item: bars.items[i]}));
    for (const list of this.bars) list.sort((a, b) => a.start - b.start);
    this.endedBefore = new Float64Array(this.bins + 1);
    picture.ended.forEach((n, i) => { this.endedBefore[i + 1] = this.endedBefore[i] + n; });
    this.rowHeight = [[16, 22], [40, 14], [100, 7], [200, 4]].find(([rows]) => this.rows.length <= rows)?.[1] || 2;
    this.gutter = 92;
    this.from = 0;
    this.to = this.length;
    this.build();
  }

  build() {
    this.gantt = element("canvas");
    this.rate = element("canvas");
    this.brush = element("div", {class: "brush", hidden: ""});
    this.box = element("div", {class: "time", tabindex: 0, role: "application",
      "aria-label": "Executors over time. Arrow keys move, plus and minus zoom, 0 shows all."}, this.gantt, this.rate, this.brush);
    this.range = element("span", {class: "soft", "aria-live": "polite"});
    const button = (text, label, act) => {
      const node = element("button", {type: "button", "aria-label": label, title: label}, text);
      node.addEventListener("click", act);
      return node;
    };
    this.figure = element("figure", {id: "time"}, this.box, element("div", {class: "bar"},
      button("+", "zoom in", () => this.zoom(0.5)), button("−", "zoom out", () => this.zoom(2)),
      button("all", "show all of the run", () => this.show(0, this.length)), this.range));
    this.box.addEventListener("keydown", event => this.key(event));
    this.listen();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const width = this.to - this.from;
    const acts = {ArrowLeft: () => this.move(-width / 5), ArrowRight: () => this.move(width / 5),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), "0": () => this.show(0, this.length)};
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  listen() {
    let pressed = null;
    const x = event => event.clientX - this.box.getBoundingClientRect().left;
    this.box.addEventListener("pointerdown", event => {
      if (event.button === 0 && x(event) > this.gutter) pressed = x(event);
    });
    this.box.addEventListener("pointermove", event => {
      if (pressed === null) return showTip(event, this.tell(x(event), event));
      const [a, b] = [Math.min(pressed, x(event)), Math.max(pressed, x(event))];
      this.brush.hidden = false;
      this.brush.style.left = Math.max(a, this.gutter) + "px";
      this.brush.style.width = b - Math.max(a, this.gutter) + "px";
    });
    addEventListener("pointerup", event => {
      if (pressed === null) return;
      const [a, b] = [Math.min(pressed, x(event)), Math.max(pressed, x(event))];
      pressed = null;
      this.brush.hidden = true;
      if (b - a > 4) this.show(this.timeAt(a), this.timeAt(b));
    });
    this.box.addEventListener("pointerleave", hideTip);
    this.box.addEventListener("dblclick", () => this.show(0, this.length));
    this.box.addEventListener("wheel", event => {
      if (!event.ctrlKey) return;  // else the page scrolls
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 0.7 : 1 / 0.7, this.timeAt(x(event)));
    }, {passive: false});
  }

  timeAt(x) { return this.from + (x - this.gutter) / this.width * (this.to - this.from); }
  xAt(time) { return this.gutter + (time - this.from) / (this.to - this.from) * this.width; }
  move(by) {
    const width = this.to - this.from, from = Math.max(0, Math.min(this.length - width, this.from + by));
    this.show(from, from + width);
  }
  zoom(factor, around = (this.from + this.to) / 2) {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }
  show(from, to) {
    const least = Math.min(Math.max(this.length / 1e7, 0.01), this.length);
    if (to - from < least) [from, to] = [(from + to - least) / 2, (from + to + least) / 2];
    const width = Math.min(to - from, this.length);
    this.from = Math.max(0, Math.min(from, this.length - width));
    this.to = this.from + width;
    if (width > this.length * (1 - 1e-9)) [this.from, this.to] = [0, this.length];
    this.draw();
  }

  // What is under the pointer.
  tell(x, event) {
    const time = this.timeAt(x);
    if (x < this.gutter || time > this.to) return "";
    const y = event.clientY - this.gantt.getBoundingClientRect().top;
    const row = Math.floor((y - this.top) / this.rowHeight);
    const pixel = (this.to - this.from) / this.width;
    if (row < 0 || row >= this.rows.length) {
      const [n, seconds] = this.ended(time - 2 * pixel, time + 2 * pixel);
      return `at ${duration(time)}\n${short(n / seconds)} tasks a second`;
    }
    const {rank, slot, host, executors} = this.rows[row];
    const where = executors > 1 ? `${executors} executors from ${executorName(rank, slot, host)}` : executorName(rank, slot, host);
    const bar = this.barAt(row, time, pixel);
    if (!bar) {
      const [busy] = this.shareOf(this.rows[row], time, Math.max(pixel, this.bin));
      return `${where}\nat ${duration(time)}: ${percent(busy)} busy`;
    }
    const tasks = bar.tasks === 1 ? taskName(bar.stage, bar.first)
      : `${bar.stage > 0 ? `stage ${bar.stage + 1}, ` : ""}tasks ${bar.first} to ${bar.first + bar.tasks - 1}`;
    return `${tasks}${bar.item ? ": " + bar.item : ""}\n${duration(bar.length)}` +
      (bar.tasks > 1 ? ` for ${count(bar.tasks)} tasks, ${duration(bar.length / bar.tasks)} each` : "") +
      `, from ${duration(bar.start)}\n${where}` + (bar.failed ? `\n${bar.tasks === 1 ? "failed" : count(bar.failed) + " failed"}` : "");
  }
  barAt(row, time, pixel) {
    const list = this.bars[row];
    let best = null;
    for (let i = this.firstAfter(list, time + pixel) - 1, seen = 0; i >= 0 && seen < 200; --i, ++seen)
      if (list[i].start + list[i].length >= time - pixel && (!best || list[i].failed > best.failed)) best = list[i];
    return best;
  }
  firstAfter(list, time) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].start < time) low = middle + 1; else high = middle;
    }
    return low;
  }
  shareOf(row, time, width) {
    const level = Math.max(0, Math.min(row.busy.length - 1, Math.round(Math.log2(width / this.bin))));
    const i = Math.min(row.busy[level].length - 1, Math.max(0, Math.floor(time / (this.bin * 2 ** level))));
    return [row.busy[level][i] / 63, row.failed ? row.failed[level][i] : 0];
  }
  // Tasks that ended in a stretch of time that is cut to whole bins, and its seconds.
  ended(from, to) {
    const a = Math.max(0, Math.min(this.bins - 1, Math.floor(from / this.bin)));
    const b = Math.max(a + 1, Math.min(this.bins, Math.ceil(to / this.bin)));
    return [this.endedBefore[b] - this.endedBefore[a], (Math.min(b * this.bin, this.length) - a * this.bin) / 1e6 || this.bin / 1e6];
  }
}
