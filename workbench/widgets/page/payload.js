// The chosen packet: what its headers say, and its payload as a message, as text, or byte by byte.

const TITLES = { message: "Message", text: "Text", hex: "Bytes" };

class PayloadView {
  constructor(host) {
    this.host = host;
    this.kind = null;
    this.id = freshId("payload");
    this.facts = el("dl", { class: "facts" });
    this.tabs = el("div", { role: "tablist", class: "choices", "aria-label": "How the payload is shown",
      onkeydown: (event) => this.key(event) });
    this.size = el("span", { class: "size" });
    this.body = el("div", { role: "tabpanel", id: this.id, tabindex: "0", class: "bytes", "aria-label": "Payload" });
    host.append(this.facts, el("div", { class: "bar" }, this.tabs, this.size), this.body);
  }

  clear() {
    this.take({ facts: [], views: [], captured: 0, length: 0 });
  }

  take(packet) {
    this.packet = packet;
    this.facts.replaceChildren(...packet.facts.map(([name, value]) =>
      el("div", { class: name === "unusual" ? "odd" : "" }, el("dt", { text: name }), el("dd", { text: value }))));
    const { captured, length } = packet;
    const cut = captured < length ? `${captured.toLocaleString("en")} of ` : "";
    this.size.textContent = length ? `${cut}${length.toLocaleString("en")} bytes${cut ? " captured" : ""}` : "";
    this.show();
  }

  get shown() {
    const { views } = this.packet;
    return views.find((view) => view.kind === this.kind) ?? views[0];
  }

  show() {
    const { shown } = this;
    this.tabs.hidden = !shown;
    this.tabs.replaceChildren(...this.packet.views.map((view) => el("button", {
      type: "button", role: "tab", "aria-selected": String(view === shown), "aria-controls": this.id,
      tabindex: view === shown ? "0" : "-1", text: TITLES[view.kind] ?? view.kind,
      onclick: () => this.choose(view.kind),
    })));
    this.body.dataset.kind = shown?.kind ?? "none";
    this.body.scrollTop = 0;
    if (!shown) {
      const words = this.packet.length ? "Its payload was not captured." : "This packet carries no payload.";
      this.body.replaceChildren(el("p", { class: "none", text: this.packet.frame ? words : "" }));
      return;
    }
    const rows = shown.rows.map((row, i) => this.row(shown, row, shown.places[i]));
    if (shown.left) rows.push(el("p", { class: "none", text: shown.left }));
    this.body.replaceChildren(...rows);
  }

  row(shown, row, [start, end]) {
    if (shown.kind === "text") return el("div", { class: "line", text: row[0] || " " });
    if (shown.kind === "hex") {
      return el("div", { class: "line" }, el("span", { class: "offset", text: row[0] }),
        el("span", { text: row[1].padEnd(47) }), el("span", { class: "signs", text: row[2] }));
    }
    const place = row[2] ? el("button", { type: "button", class: "place", text: row[2],
      title: "Show these bytes", onclick: () => this.find(start, end) }) : null;
    return el("div", { class: "field" }, el("span", { class: "name", text: row[0] }),
      el("span", { class: "value", text: row[1] }), place);
  }

  /** Show the bytes of a field, marked. */
  find(start, end) {
    this.choose("hex");
    const lines = [...this.body.querySelectorAll(".line")];
    const width = 16;
    lines.forEach((line, i) => {
      const low = clamp(start - i * width, 0, width);
      const high = clamp(end - i * width, 0, width);
      if (low >= high) return;
      const [, bytes, signs] = line.children;
      this.mark(bytes, 3 * low, 3 * high - 1);
      this.mark(signs, low, high);
    });
    lines[Math.floor(start / width)]?.scrollIntoView({ block: "nearest" });
  }

  mark(node, low, high) {
    const { textContent: text } = node;
    node.replaceChildren(text.slice(0, low), el("mark", { text: text.slice(low, high) }), text.slice(high));
  }

  choose(kind) {
    const focused = this.tabs.contains(document.activeElement);
    this.kind = kind;
    this.show();
    if (focused) this.tabs.querySelector("[aria-selected=true]")?.focus();
  }

  key(event) {
    const { views } = this.packet;
    const at = views.indexOf(this.shown);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 }[event.key];
    if (to === undefined || !views.length) return;
    event.preventDefault();
    this.choose(views[(to + views.length) % views.length].kind);
  }
}
