// Draws a picture (axes and marks as plain data) as SVG, and finds what is under a pointer or a key.

const DASHES = { solid: "", dash: "6 4", dot: "2 3", dashdot: "6 3 2 3", longdash: "10 4" };
const HATCHES = {
  "/": "M-1 7 7 -1M-1 1 1 -1M5 7 7 5", "\\": "M-1 -1 7 7M5 -1 7 1M-1 5 1 7",
  x: "M0 0 6 6M6 0 0 6", "-": "M0 3H6", ".": "M2 2h2v2h-2z",
};
const SHAPES = {
  circle: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", square: "M-2.7 -2.7h5.4v5.4h-5.4z",
  diamond: "M0 -3.8 3.8 0 0 3.8 -3.8 0z", triangle: "M0 -3.6 3.4 2.8 -3.4 2.8z",
  x: "M-2.8 -2.8 2.8 2.8M2.8 -2.8 -2.8 2.8",
};

const listOf = (mark) => mark.at ?? mark.x ?? [];
const highOf = (mark) => mark.length ?? mark.high ?? mark.y ?? [];

/** The lowest and highest value of an axis; what the picture fixes is kept. */
const ends = (axis, values, roomy) => {
  const known = values.filter((value) => value !== null);
  // Not spread into the arguments of one call: there may be very many.
  let low = known.reduce((a, b) => Math.min(a, b), Infinity);
  let high = known.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!known.length) [low, high] = [0, 1];
  const room = (high - low || Math.abs(high) || 1) * (roomy ? 0.04 : 0.02);
  return [axis.low ?? low - room, axis.high ?? high + room];
};

class Chart {
  /** Parameters: `host`, an element to draw in; `roles`, looks by name; `pick(item)`. */
  constructor(host, roles, { pick = () => {}, label = "chart" } = {}) {
    Object.assign(this, { host, roles, pick, label });
    this.margin = { left: 58, right: 10, top: 6, bottom: 36 };
    this.legend = el("div", { class: "legend", "aria-hidden": "true" });
    this.stage = el("div", { class: "stage", tabindex: "0", role: "slider", "aria-label": label,
      "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", "aria-valuetext": "" });
    this.tip = el("div", { class: "tip", hidden: true });
    host.replaceChildren(this.legend, this.stage);
    this.picture = null;
    this.items = [];
    this.at = -1;
    this.chosen = null;
    this.stage.addEventListener("pointermove", (event) => this.hover(event));
    this.stage.addEventListener("pointerleave", () => this.point(null));
    this.stage.addEventListener("click", (event) => this.click(event));
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.watcher = new ResizeObserver(() => {
      if (Math.abs(this.stage.clientWidth - (this.width ?? 0)) > 1) this.paint();
    });
    this.watcher.observe(this.stage);
  }

  close() {
    this.watcher.disconnect();
  }

  show(picture) {
    this.picture = picture;
    this.zoomed = null;
    this.items = this.collect();
    this.at = -1;
    this.stage.setAttribute("aria-label", picture ? picture.label : this.label);
    this.stage.setAttribute("aria-valuemax", Math.max(0, this.items.length - 1));
    this.announce("");
    this.paint();
  }

  /** All that can be pointed at, from left to right. */
  collect() {
    const items = [];
    for (const mark of this.picture?.marks ?? []) {
      const keys = Object.keys(mark.details);
      if (!keys.length) continue;
      const [x, y] = [listOf(mark), highOf(mark)];
      for (let i = 0; i < x.length; i += 1) {
        if (x[i] === null || y[i] === null) continue;
        const details = Object.fromEntries(keys.map((key) => [key, mark.details[key][i]]));
        items.push({ x: x[i], y: y[i], details, name: mark.name });
      }
    }
    return items.sort((a, b) => a.x - b.x || a.y - b.y);
  }

  get plotWidth() {
    return Math.max(40, this.width - this.margin.left - this.margin.right);
  }

  get plotHeight() {
    return Math.max(30, this.height - this.margin.top - this.margin.bottom);
  }

  px(x) {
    return this.margin.left + ((x - this.xEnds[0]) / (this.xEnds[1] - this.xEnds[0])) * this.plotWidth;
  }

  py(y) {
    const part = (y - this.yEnds[0]) / (this.yEnds[1] - this.yEnds[0]);
    return this.margin.top + (1 - part) * this.plotHeight;
  }

  /** The value of the x axis under a pixel. */
  xAt(pixel) {
    const part = (pixel - this.margin.left) / this.plotWidth;
    return this.xEnds[0] + part * (this.xEnds[1] - this.xEnds[0]);
  }

  paint() {
    this.width = this.stage.clientWidth;
    this.height = this.stage.clientHeight;
    if (!this.width || !this.picture) {
      this.stage.replaceChildren(el("p", { class: "none", text: this.picture ? "" : "nothing to draw" }));
      return;
    }
    const { marks, x, y } = this.picture;
    const tall = this.tallest(marks);
    this.xEnds = this.zoomed ?? ends(x, marks.flatMap(listOf), false);
    this.yEnds = ends(y, tall, true);
    const clip = freshId("clip");
    const { left, top } = this.margin;
    const svg = draw("svg", { width: this.width, height: this.height, "aria-hidden": "true" });
    const area = draw("rect", { x: left, y: top - 4, width: this.plotWidth, height: this.plotHeight + 8 });
    svg.append(draw("defs", {}, draw("clipPath", { id: clip }, area)), this.axes());
    this.under = draw("g", { "clip-path": `url(#${clip})` });
    const drawn = draw("g", { "clip-path": `url(#${clip})` });
    this.over = draw("g", { class: "over" });
    this.stacked = new Map();
    for (const mark of marks) drawn.append(...this.mark(mark, svg));
    svg.append(this.under, drawn, this.over);
    this.stage.replaceChildren(svg, this.tip);
    this.legends(marks);
    this.overlay();
  }

  /** All heights, bars on top of each other added up. */
  tallest(marks) {
    const sums = new Map();
    const values = [];
    for (const mark of marks) {
      if (mark.type === "bars") {
        mark.at.forEach((at, i) => sums.set(at, (sums.get(at) ?? 0) + (mark.length[i] ?? 0)));
      } else values.push(...(mark.low ?? []).slice(0, 20_000), ...highOf(mark).slice(0, 20_000));
    }
    return values.concat([...sums.values()]);
  }

  axes() {
    const { left, top } = this.margin;
    const bottom = top + this.plotHeight;
    const group = draw("g", { class: "axes" });
    for (const value of ticksOf(...this.yEnds, this.plotHeight / 42)) {
      const at = crisp(this.py(value));
      group.append(
        draw("line", { class: "grid", x1: left, x2: left + this.plotWidth, y1: at, y2: at }),
        draw("text", { x: left - 7, y: at + 4, "text-anchor": "end", text: short(value) }));
    }
    for (const value of ticksOf(...this.xEnds, this.plotWidth / 96)) {
      const at = crisp(this.px(value));
      group.append(
        draw("line", { class: "tick", x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
        draw("text", { x: at, y: bottom + 16, "text-anchor": "middle", text: short(value) }));
    }
    const base = crisp(bottom);
    group.append(
      draw("line", { class: "line", x1: left, x2: left + this.plotWidth, y1: base, y2: base }),
      draw("text", { class: "title", x: left + this.plotWidth / 2, y: this.height - 4,
        "text-anchor": "middle", text: this.picture.x.title }),
      draw("text", { class: "title", "text-anchor": "middle",
        transform: `translate(11 ${top + this.plotHeight / 2}) rotate(-90)`, text: this.picture.y.title }));
    return group;
  }

  look(name) {
    return this.roles[name] ?? { colour: "grey", dash: "solid", marker: "circle", hatch: "" };
  }

  mark(mark, svg) {
    if (mark.type === "bars") return this.bars(mark, svg);
    if (mark.type === "spans") return this.spans(mark);
    return mark.type === "line" ? this.lines(mark) : [];
  }

  bars(mark, svg) {
    const look = this.look(mark.role);
    const wide = Math.max(1, (mark.width / (this.xEnds[1] - this.xEnds[0])) * this.plotWidth);
    const gap = wide > 4 ? 1 : 0;
    const shape = mark.at.map((at, i) => {
      const low = this.stacked.get(at) ?? 0;
      this.stacked.set(at, low + (mark.length[i] ?? 0));
      const [from, to] = [this.py(low), this.py(low + (mark.length[i] ?? 0))];
      // What is there can be seen, however little it is.
      const high = Math.max(from - to, mark.length[i] > 0 && !low ? 1.5 : 0);
      return `M${(this.px(at) - wide / 2).toFixed(1)} ${from.toFixed(1)}v${-high.toFixed(1)}` +
        `h${Math.max(1, wide - gap).toFixed(1)}v${high.toFixed(1)}z`;
    }).join("");
    const drawn = [draw("path", { d: shape, fill: `var(--${look.colour})` })];
    if (look.hatch && wide > 3) {
      const id = freshId("hatch");
      svg.querySelector("defs").append(draw("pattern",
        { id, width: 6, height: 6, patternUnits: "userSpaceOnUse" },
        draw("path", { d: HATCHES[look.hatch] ?? "", class: "hatch" })));
      drawn.push(draw("path", { d: shape, fill: `url(#${id})` }));
    }
    return drawn;
  }

  spans(mark) {
    const look = this.look(mark.role);
    const colour = `var(--${look.colour})`;
    const strokes = mark.x.map((x, i) =>
      `M${this.px(x).toFixed(1)} ${this.py(mark.low[i]).toFixed(1)}V${this.py(mark.high[i]).toFixed(1)}`);
    const drawn = [draw("path", { d: strokes.join(""), stroke: colour, "stroke-width": 2.5, fill: "none" })];
    if (mark.x.length <= 400) {
      const marker = SHAPES[look.marker] ?? SHAPES.circle;
      const paint = look.marker === "x" ? { stroke: colour, "stroke-width": 2 } : { fill: colour };
      drawn.push(...mark.x.map((x, i) => draw("path", { d: marker, ...paint,
        transform: `translate(${this.px(x).toFixed(1)} ${this.py(mark.high[i]).toFixed(1)})` })));
    }
    return drawn;
  }

  lines(mark) {
    const look = this.look(mark.role);
    let shape = "";
    let broken = true;
    mark.x.forEach((x, i) => {
      const y = mark.y[i];
      if (x === null || y === null) {
        broken = true;
        return;
      }
      const [left, top] = [this.px(x).toFixed(1), this.py(y).toFixed(1)];
      if (broken) shape += `M${left} ${top}`;
      else shape += mark.steps ? `H${left}V${top}` : `L${left} ${top}`;
      broken = false;
    });
    return [draw("path", { d: shape, fill: "none", stroke: `var(--${look.colour})`,
      "stroke-width": 1.5, "stroke-dasharray": DASHES[look.dash] ?? "" })];
  }

  legends(marks) {
    const named = marks.filter((mark) => mark.name && listOf(mark).length);
    this.legend.replaceChildren(...named.map((mark) => {
      const look = this.look(mark.role);
      const colour = `var(--${look.colour})`;
      const line = mark.type === "line";
      const sign = draw("svg", { width: 18, height: 10, "aria-hidden": "true" });
      if (line) {
        sign.append(draw("path", { d: "M0 5H18", stroke: colour, "stroke-width": 2,
          "stroke-dasharray": DASHES[look.dash] ?? "" }));
      } else if (mark.type === "bars") {
        sign.append(draw("path", { d: "M3 0h12v10h-12z", fill: colour }));
        if (look.hatch) {
          sign.append(draw("svg", { x: 4, y: 1, width: 10, height: 8, viewBox: "-1 -1 8 8" },
            draw("path", { d: HATCHES[look.hatch] ?? "", class: "hatch" })));
        }
      } else {
        const paint = look.marker === "x" ? { stroke: colour, "stroke-width": 2 } : { fill: colour };
        sign.append(draw("path", { d: SHAPES[look.marker] ?? "", transform: "translate(9 5)", ...paint }));
      }
      return el("span", {}, sign, el("span", { text: mark.name }));
    }));
  }

  /** The chosen frame: a line through all heights, and a ring around its mark. */
  choose(frame, x = null) {
    this.chosen = frame === null ? null : { frame: String(frame), x };
    this.overlay();
  }

  overlay() {
    if (!this.over) return;
    const parts = [];
    if (this.chosen) {
      const item = this.items.find((each) => each.details.frame === this.chosen.frame);
      const at = item ? item.x : this.chosen.x;
      if (at !== null && at >= this.xEnds[0] && at <= this.xEnds[1]) parts.push(...this.cursor(at, item));
    }
    if (this.at >= 0 && this.items[this.at]) {
      const { x, y } = this.items[this.at];
      parts.push(draw("circle", { class: "ring", cx: this.px(x), cy: this.py(y), r: 7 }));
    }
    this.over.replaceChildren(...parts);
  }

  cursor(at, item) {
    const x = crisp(this.px(at));
    const line = draw("line", { class: "cursor", x1: x, x2: x, y1: this.margin.top,
      y2: this.margin.top + this.plotHeight });
    if (!item) return [line];
    return [line, draw("circle", { class: "chosen", cx: this.px(item.x), cy: this.py(item.y), r: 6 })];
  }

  nearest(event) {
    const box = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = -1;
    let least = 28 ** 2;
    this.items.forEach((item, i) => {
      const away = (this.px(item.x) - x) ** 2 + (this.py(item.y) - y) ** 2;
      if (away < least) [best, least] = [i, away];
    });
    return best;
  }

  hover(event) {
    const at = this.nearest(event);
    this.point(at < 0 ? null : at);
  }

  click(event) {
    const at = this.nearest(event);
    if (at >= 0) this.pick(this.items[at]);
  }

  /** Tell about an item beside it. */
  point(at) {
    this.at = at ?? -1;
    this.overlay();
    const item = this.items[this.at];
    this.tip.hidden = !item;
    if (!item) return;
    const lines = Object.entries(item.details).filter(([, value]) => value !== "");
    this.tip.replaceChildren(...lines.map(([name, value]) =>
      el("div", {}, el("span", { class: "key", text: name.trim() }), el("span", { text: value }))));
    const [x, y] = [this.px(item.x), this.py(item.y)];
    const left = x + 14 + this.tip.offsetWidth > this.width ? x - 14 - this.tip.offsetWidth : x + 14;
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = `${clamp(y - 10, 0, Math.max(0, this.height - this.tip.offsetHeight))}px`;
    this.announce(lines.map(([name, value]) => `${name} ${value}`.trim()).join(", "));
  }

  announce(words) {
    this.stage.setAttribute("aria-valuenow", Math.max(0, this.at));
    this.stage.setAttribute("aria-valuetext", words || `${this.items.length} items`);
  }

  key(event) {
    const last = this.items.length - 1;
    const moves = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: last };
    if (event.key in moves && last >= 0) {
      this.point(clamp(moves[event.key], 0, last));
      event.preventDefault();
    } else if (event.key === "Enter" && this.at >= 0) {
      this.pick(this.items[this.at]);
      event.preventDefault();
    } else if (event.key === "Escape") this.point(null);
  }
}
