// The timeline: packets over time; a bin or several of them narrow everything else down.

class TimelineView extends Chart {
  /** Parameters: as `Chart`, and `choose(first, last)`, called with bins, or with null for none. */
  constructor(host, roles, { choose, zoom }) {
    super(host, roles, { label: "Timeline" });
    Object.assign(this, { chooseBins: choose, zoomTo: zoom, answer: null, from: null, to: null });
    this.selected = null;
    this.cursorBin = 0;
    this.moment = null;
    this.stage.addEventListener("pointerdown", (event) => this.press(event));
    this.stage.addEventListener("pointerup", (event) => this.release(event));
    this.stage.addEventListener("pointercancel", () => this.drop());
  }

  take(answer) {
    this.answer = answer;
    this.selected = null;
    this.cursorBin = clamp(this.cursorBin, 0, answer.bins - 1);
    this.show(answer.picture);
    this.stage.setAttribute("aria-valuemax", answer.bins - 1);
    this.say();
  }

  /** Bins that are chosen, as `[first, last]`, or null. */
  select(bins) {
    this.selected = bins;
    this.overlay();
  }

  /** The time of the chosen packet, in nanoseconds from the first one. */
  atMoment(moment) {
    this.moment = moment;
    this.overlay();
  }

  mine(bins) {
    if (this.answer) this.answer.mine = bins;
    this.overlay();
  }

  edge(bin) {
    return this.px(this.answer.start + bin * this.answer.step);
  }

  binAt(event) {
    const x = this.xAt(event.clientX - this.stage.getBoundingClientRect().left);
    return clamp(Math.floor((x - this.answer.start) / this.answer.step), 0, this.answer.bins - 1);
  }

  overlay() {
    if (!this.over || !this.answer) return;
    const { top } = this.margin;
    const bottom = top + this.plotHeight;
    const parts = [];
    const range = this.from === null ? this.selected : [this.from, this.to].sort((a, b) => a - b);
    if (range) {
      const [left, right] = [this.edge(range[0]), this.edge(range[1] + 1)];
      parts.push(draw("rect", { class: "range", x: left, y: top, width: Math.max(2, right - left),
        height: bottom - top }));
    }
    const ticks = (this.answer.mine ?? []).map((bin) => {
      const wide = Math.max(2, this.edge(bin + 1) - this.edge(bin) - 1);
      return `M${this.edge(bin).toFixed(1)} ${bottom + 1}h${wide.toFixed(1)}v5h${-wide.toFixed(1)}z`;
    });
    if (ticks.length) parts.push(draw("path", { class: "mine", d: ticks.join("") }));
    const unit = this.answer.unit;
    if (this.moment !== null && unit) {
      const at = this.moment * unit;
      if (at >= this.xEnds[0] && at <= this.xEnds[1]) {
        const x = crisp(this.px(at));
        parts.push(draw("line", { class: "cursor", x1: x, x2: x, y1: top, y2: bottom + 6 }));
      }
    }
    if (this.stage.matches(":focus-visible")) {
      parts.push(draw("rect", { class: "focus", x: this.edge(this.cursorBin), y: top,
        width: Math.max(3, this.edge(this.cursorBin + 1) - this.edge(this.cursorBin)), height: bottom - top }));
    }
    this.over.replaceChildren(...parts);
  }

  hover(event) {
    if (!this.answer || !this.picture) return;
    const bin = this.binAt(event);
    if (this.from !== null) {
      this.to = bin;
      this.overlay();
    }
    const packets = this.answer.packets[bin] ?? 0;
    this.tip.hidden = false;
    this.tip.replaceChildren(
      el("div", {}, el("span", { class: "key", text: "packets" }), el("span", { text: packets.toLocaleString("en") })),
      el("div", {}, el("span", { class: "key", text: "bin" }), el("span", { text: this.answer.width })));
    const x = this.edge(bin + 0.5);
    this.tip.style.left = `${clamp(x + 12, 0, this.width - this.tip.offsetWidth - 4)}px`;
    this.tip.style.top = "4px";
  }

  point() {
    this.tip.hidden = true;
  }

  click() {}

  press(event) {
    if (!this.answer || !this.picture || event.button) return;
    this.from = this.binAt(event);
    this.to = this.from;
    this.stage.setPointerCapture(event.pointerId);
    this.overlay();
  }

  release(event) {
    if (this.from === null) return;
    const [first, last] = [this.from, this.binAt(event)].sort((a, b) => a - b);
    this.drop();
    const same = this.selected && first === last && first >= this.selected[0] && first <= this.selected[1];
    this.cursorBin = first;
    this.chooseBins(same ? null : [first, last]);
  }

  drop() {
    this.from = null;
    this.to = null;
    this.overlay();
  }

  say() {
    const packets = this.answer.packets[this.cursorBin] ?? 0;
    const where = `bin ${this.cursorBin + 1} of ${this.answer.bins}, ${this.answer.width} wide`;
    this.stage.setAttribute("aria-valuenow", this.cursorBin);
    this.stage.setAttribute("aria-valuetext", `${where}: ${packets} packets`);
  }

  announce() {}

  key(event) {
    if (!this.answer) return;
    const last = this.answer.bins - 1;
    const moves = { ArrowRight: this.cursorBin + 1, ArrowLeft: this.cursorBin - 1, Home: 0, End: last };
    if (event.key in moves) {
      const before = this.cursorBin;
      this.cursorBin = clamp(moves[event.key], 0, last);
      if (event.shiftKey) {
        const [low, high] = this.selected ?? [before, before];
        const range = before === low && before !== high ? [this.cursorBin, high] : [low, this.cursorBin];
        this.chooseBins(range.sort((a, b) => a - b));
      }
      this.say();
      this.overlay();
    } else if (event.key === "Enter" || event.key === " ") {
      this.chooseBins([this.cursorBin, this.cursorBin]);
    } else if (event.key === "Escape") this.chooseBins(null);
    else return;
    event.preventDefault();
  }
}
