// Small tools that every part of the page uses. Text that comes from a capture is only ever set as
// text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

const fill = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

/** An element with attributes, listeners (`onclick`), text (`text`) and children. */
const el = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

/** The same for drawings. */
const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

let names = 0;
/** A name for an element that no other element of the page has. */
const freshId = (what) => `wb-${what}-${Math.random().toString(36).slice(2, 7)}-${(names += 1)}`;

/** Wait until nothing came for a while, then do it with what came last. */
const later = (wait, action) => {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...given), wait);
  };
};

/** Values that several views look at; whoever changes them tells the others. */
class State {
  constructor(values) {
    this.values = values;
    this.listeners = [];
  }

  get(name) {
    return this.values[name];
  }

  /** Call `listener(changed, values)` after each change; `changed` holds the names. */
  listen(listener) {
    this.listeners.push(listener);
  }

  set(patch) {
    const changed = new Set();
    for (const [name, value] of Object.entries(patch)) {
      if (this.values[name] !== value) {
        this.values[name] = value;
        changed.add(name);
      }
    }
    if (changed.size) this.listeners.forEach((listener) => listener(changed, this.values));
  }
}

/** Sends questions to Python and hands back the answers. */
class Asker {
  constructor(model, failed) {
    this.model = model;
    this.failed = failed;
    this.view = freshId("view");
    this.count = 0;
    this.open = new Map();
    this.channels = new Map();
    this.heard = (message) => {
      const take = this.open.get(message?.to);
      if (!take) return;
      this.open.delete(message.to);
      take(message.answer);
    };
    model.on("msg:custom", this.heard);
  }

  close() {
    this.model.off("msg:custom", this.heard);
    this.open.clear();
  }

  /** Ask; the answer says `error` where the question cannot be answered. */
  ask(question) {
    const id = `${this.view}:${(this.count += 1)}`;
    return new Promise((take) => {
      this.open.set(id, take);
      this.model.send({ ...question, id });
    });
  }

  /**
   * Ask on a channel on which only the newest question matters: while one is under way the next one
   * waits, and a newer one takes its place. Undefined for a question that was overtaken.
   */
  async newest(channel, question) {
    const line = this.channels.get(channel) ?? { busy: false, next: null };
    this.channels.set(channel, line);
    if (line.busy) {
      line.next?.(false);
      const turn = await new Promise((go) => {
        line.next = go;
      });
      if (!turn) return undefined;
    }
    line.busy = true;
    line.next = null;
    const answer = await this.ask(question);
    line.busy = false;
    const overtaken = line.next !== null;
    line.next?.(true);
    if (overtaken) return undefined;
    this.failed(channel, answer?.error ?? "");
    return answer?.error ? undefined : answer;
  }
}

/** Number of pixels as a whole, so that thin lines stay sharp. */
const crisp = (value) => Math.round(value) + 0.5;

/** Round steps that cut a span into about `count` parts. */
const ticksOf = (low, high, count) => {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / Math.max(count, 1);
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = scale * ([1, 2, 5].find((each) => each * scale >= rough) ?? 10);
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) {
    ticks.push(Number((at * step).toPrecision(12)));
  }
  return ticks;
};

const SUFFIXES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]];

/** A number for an axis. */
const short = (value) => {
  const [size, sign] = SUFFIXES.find(([each]) => Math.abs(value) >= each) ?? [1, ""];
  const shown = size === 1e4 ? value / 1e3 : value / size;
  return `${Number(shown.toPrecision(6)).toLocaleString("en")}${sign}`;
};
