// Draws a TimeView: rows of executors, the axis of time, and how many tasks ended.
class TimePainter {
  prepare(canvas, height) {
    const scale = devicePixelRatio || 1, width = this.box.clientWidth;
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.height = height + "px";
    this.width = width - this.gutter - 12;
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "12px system-ui, sans-serif";
    return context;
  }

  draw() {
    if (this.box.clientWidth < 2 * this.gutter) return;  // nobody sees it
    const begun = performance.now();
    this.top = 6;
    this.colors = {ink: color("ink"), soft: color("soft"), line: color("line"), accent: color("accent"), ground: color("ground"),
      fail: color("fail"), faint: color("faint")};
    this.drawGantt();
    this.drawRate();
    const fine = Math.min(timeStep(this.to - this.from, 4) / 10, 30e6);
    this.range.textContent = this.from === 0 && this.to === this.length ? `0 s to ${duration(this.length)}`
      : `${moment(this.from, fine)} to ${moment(this.to, fine)} (${duration(this.to - this.from)}) of ${duration(this.length)}`;
    Object.assign(this.figure.dataset, {from: this.from, to: this.to, ms: (performance.now() - begun).toFixed(1)});
  }

  drawGantt() {
    const bottom = this.top + this.rows.length * this.rowHeight;
    const context = this.prepare(this.gantt, bottom + 24);
    context.save();
    context.beginPath();
    context.rect(this.gutter, 0, this.width, bottom + 1);
    context.clip();
    const visible = this.rows.map((row, i) => [this.firstAfter(this.bars[i], this.from) , this.firstAfter(this.bars[i], this.to)]);
    const single = this.all && this.rows.every(row => row.executors === 1) && visible.reduce((sum, [a, b]) => sum + b - a, 0) <= 6000;
    context.fillStyle = this.colors.faint;
    context.fillRect(this.gutter, this.top, this.width, bottom - this.top);
    if (!single) this.shade(context);
    this.rows.forEach((row, i) => this.drawBars(context, i, visible[i][1], single));
    if (!single) this.drawFailures(context);
    if (this.rowHeight >= 4) {
      context.fillStyle = this.colors.ground;
      for (let i = 1; i < this.rows.length; ++i) context.fillRect(this.gutter, this.top + i * this.rowHeight - 1, this.width, 1);
    }
    this.drawSessions(context, bottom);
    context.restore();
    this.drawNames(context);
    this.drawTimeAxis(context, bottom, true);
  }

  // One pixel a row and column, then stretched.
  shade(context) {
    const columns = Math.max(1, Math.round(this.width)), rows = this.rows.length;
    const image = new ImageData(columns, rows), pixels = new Uint32Array(image.data.buffer);
    const [r, g, b] = this.rgb(this.colors.accent);
    const palette = Uint32Array.from({length: 64}, (_, i) => ((i === 0 ? 0 : 40 + Math.round(i * 215 / 63)) << 24 | b << 16 | g << 8 | r) >>> 0);
    const pixel = (this.to - this.from) / columns;
    const level = Math.max(0, Math.min(this.rows[0].busy.length - 1, Math.round(Math.log2(pixel / this.bin))));
    const size = this.bin * 2 ** level, last = this.rows[0].busy[level].length - 1;
    for (let x = 0; x < columns; ++x) {
      const bin = Math.min(last, Math.floor((this.from + (x + 0.5) * pixel) / size));
      for (let y = 0; y < rows; ++y) pixels[y * columns + x] = palette[Math.round(this.rows[y].busy[level][bin])];
    }
    const small = element("canvas", {width: columns, height: rows});
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, this.gutter, this.top, this.width, rows * this.rowHeight);
  }
  rgb(text) {
    const hex = text.slice(1);
    return [0, 2, 4].map(i => parseInt(hex.slice(i, i + 2), 16));
  }

  // Bars that are wide enough; of executors that share a row they would hide each other.
  drawBars(context, row, end, single) {
    if (this.rows[row].executors > 1) return;
    const y = this.top + row * this.rowHeight, height = this.rowHeight, list = this.bars[row];
    const scale = this.width / (this.to - this.from);
    const least = single ? 0 : 4;
    for (let i = 0; i < end; ++i) {
      const bar = list[i];
      if (bar.start + bar.length < this.from || bar.length * scale < least) continue;
      const left = Math.max(this.xAt(bar.start), this.gutter - 2), right = Math.min(this.xAt(bar.start + bar.length), this.gutter + this.width + 2);
      const width = right - left;
      context.fillStyle = bar.failed ? this.colors.fail : this.colors.accent;
      context.fillRect(left, y, Math.max(width > 3 ? width - 0.7 : width, bar.failed ? 2 : 0.8), height);
    }
  }
  drawFailures(context) {
    const columns = Math.round(this.width), pixel = (this.to - this.from) / columns;
    context.fillStyle = this.colors.fail;
    this.rows.forEach((row, i) => {
      if (!row.failed) return;
      const level = Math.max(0, Math.min(row.failed.length - 1, Math.floor(Math.log2(pixel / this.bin))));
      const size = this.bin * 2 ** level, bins = row.failed[level];
      const height = Math.max(2, this.rowHeight / 3), y = this.top + (i + 1) * this.rowHeight - height;
      for (let bin = Math.max(0, Math.floor(this.from / size)); bin < bins.length && bin * size < this.to; ++bin)
        if (bins[bin] > 0) context.fillRect(this.xAt((bin + 0.5) * size) - 1, y, 2, height);
    });
  }
  drawSessions(context, bottom) {
    context.strokeStyle = this.colors.ink;
    context.setLineDash([3, 3]);
    for (const session of data.run.sessions.slice(1)) {
      const x = Math.round(this.xAt(session.at)) + 0.5;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, bottom);
      context.stroke();
    }
    context.setLineDash([]);
  }
  drawNames(context) {
    context.fillStyle = this.colors.soft;
    context.textAlign = "right";
    context.textBaseline = "middle";
    const every = Math.ceil(14 / this.rowHeight);
    for (let i = 0; i < this.rows.length; i += every) {
      const {rank, slot} = this.rows[i];
      const name = `rank ${rank}` + (slot === null ? " lost" : severalSlots ? ` · ${slot}` : "");
      context.fillText(rank === undefined ? "" : name, this.gutter - 8, this.top + i * this.rowHeight + Math.min(this.rowHeight / 2, 7));
    }
  }
  drawTimeAxis(context, y, labels) {
    const by = timeStep(this.to - this.from, Math.max(2, this.width / 90));
    context.fillStyle = this.colors.soft;
    context.strokeStyle = this.colors.line;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const time of ticks(this.from, this.to, by)) {
      const x = Math.round(this.xAt(time)) + 0.5;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x, y + 5);
      context.stroke();
      if (labels) context.fillText(moment(time, by), Math.min(x, this.gutter + this.width - 10), y + 8);
    }
  }

  drawRate() {
    const height = 112, top = 22, bottom = height - 4;
    const context = this.prepare(this.rate, height);
    const columns = Math.max(8, Math.floor(this.width / 3)), rates = [];
    for (let i = 0; i < columns; ++i) {
      const [n, seconds] = this.ended(this.from + (this.to - this.from) * i / columns, this.from + (this.to - this.from) * (i + 1) / columns);
      rates.push(n / seconds);
    }
    const most = Math.max(...rates, 1e-9), by = step(most, 3);
    const y = rate => bottom - rate / (most * 1.05) * (bottom - top);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const rate of ticks(0, most, by)) {
      context.strokeStyle = this.colors.line;
      context.beginPath();
      context.moveTo(this.gutter, Math.round(y(rate)) + 0.5);
      context.lineTo(this.gutter + this.width, Math.round(y(rate)) + 0.5);
      context.stroke();
      context.fillStyle = this.colors.soft;
      context.fillText(short(rate), this.gutter - 8, y(rate));
    }
    context.textAlign = "left";
    context.fillText("tasks a second", this.gutter, 8);
    const x = i => this.gutter + this.width * i / columns;
    context.beginPath();
    context.moveTo(this.gutter, bottom);
    rates.forEach((rate, i) => { context.lineTo(x(i), y(rate)); context.lineTo(x(i + 1), y(rate)); });
    context.lineTo(this.gutter + this.width, bottom);
    context.globalAlpha = 0.25;
    context.fillStyle = this.colors.accent;
    context.fill();
    context.globalAlpha = 1;
    context.beginPath();
    rates.forEach((rate, i) => { context[i ? "lineTo" : "moveTo"](x(i), y(rate)); context.lineTo(x(i + 1), y(rate)); });
    context.strokeStyle = this.colors.accent;
    context.lineWidth = 1.25;
    context.stroke();
    context.lineWidth = 1;
  }
}
