// Puts the views together: what is chosen in one moves the others.

/** Whether the page around is dark: JupyterLab and others say so, else the system does. */
const isDark = () => {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === "false";
  if (vscodeThemeKind) return vscodeThemeKind.includes("dark");
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
};

class ExplorerView {
  constructor(root, model) {
    Object.assign(this, { root, model });
    root.classList.add("wb-explorer");
    // Else JupyterLab takes letters for its own commands, such as b for a new cell. What is pressed
    // together with another key stays for the page around.
    root.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
    this.errors = new Map();
    this.asker = new Asker(model, (channel, error) => this.tell(channel, error));
    this.state = new State({
      search: model.get("search") ?? "", part: "", partWords: "", bins: null, zoom: "", sort: "connection", descending: false,
      connection: model.get("connection"), frame: null, side: "server",
    });
    this.modes();
  }

  modes() {
    const paint = () => { this.root.dataset.mode = isDark() ? "dark" : "light"; };
    this.system = window.matchMedia("(prefers-color-scheme: dark)");
    this.system.addEventListener("change", paint);
    this.themes = new MutationObserver(paint);
    this.themes.observe(document.body, { attributes: true });
    this.unpaint = () => this.system.removeEventListener("change", paint);
    paint();
  }

  close() {
    this.asker.close();
    this.themes.disconnect();
    this.unpaint();
    [this.timeline, this.chart, this.ladder, this.connections].forEach((view) => view?.close());
  }

  /** Ask; without a channel each question is answered, with one only the newest. */
  async ask(channel, question) {
    if (channel) return this.asker.newest(channel, question);
    const answer = await this.asker.ask(question);
    this.tell("", answer?.error ?? "");
    return answer?.error ? undefined : answer;
  }

  tell(channel, error) {
    this.errors.set(channel, error);
    const words = [...new Set([...this.errors.values()].filter(Boolean))].join(" ");
    if (this.message) {
      this.message.textContent = words;
      this.message.hidden = !words;
    }
  }

  /** The answer that came with the widget, once, where it fits; else ask. */
  async first(name, fits, channel, question) {
    const answer = this.opening[name];
    delete this.opening[name];
    return answer && !answer.error && fits(answer) ? answer : this.ask(channel, question);
  }

  async start() {
    const { model, state } = this;
    this.opening = state.get("search") ? {} : { ...model.get("opening") };
    const hello = await this.first("hello", () => true, "", { ask: "hello" });
    if (!hello) {
      this.root.append(el("p", { role: "alert", text: "The capture cannot be shown." }));
      return;
    }
    this.build(hello);
    this.state.listen((changed) => this.moved(changed));
    const names = { connection: "connection", frame: "frame", search: "search" };
    for (const name of Object.keys(names)) {
      this.model.on(`change:${name}`, () => this.told(name, this.model.get(name)));
    }
    await Promise.all([this.connections.refresh(this.opening.rows), this.retime()]);
    if (this.state.get("connection") >= 0) await this.closeUp({ marked: true });
    this.root.dataset.ready = "true";
  }

  /** Take what was set in Python. */
  told(name, value) {
    const { state } = this;
    if (name === "search" && value !== state.get("search")) this.connections.search(value);
    if (name === "connection" && value !== state.get("connection")) state.set({ connection: value, frame: null });
    if (name === "frame" && value >= 0) state.set({ frame: value });
  }

  panel(name, title, ...children) {
    const id = freshId("panel");
    return el("section", { class: `panel ${name}`, "aria-labelledby": id }, el("h3", { id, text: title }), ...children);
  }

  build(hello) {
    const { root, state } = this;
    const counts = `${hello.packets.toLocaleString("en")} packets, ${hello.connections.toLocaleString("en")} connections, ${hello.span}`;
    this.message = el("p", { class: "message", role: "alert", hidden: true });
    const head = el("header", {}, el("h2", { text: hello.name }), el("span", { class: "sub", text: counts }), this.message);
    const stage = el("div", { class: "chart" });
    this.zoomIn = el("button", { type: "button", text: "Zoom in", disabled: true, onclick: () => this.zoom(state.get("part")) });
    this.zoomOut = el("button", { type: "button", text: "Whole capture", disabled: true, onclick: () => this.zoom("") });
    this.when = el("span", { class: "caption" });
    const when = this.panel("when", "Timeline", el("div", { class: "tools" }, this.when, this.zoomIn, this.zoomOut), stage);
    const which = this.panel("which", "Connections");
    this.title = el("p", { class: "caption", text: "Choose a connection above." });
    const one = this.panel("one", "Connection", this.title);
    this.heading = one.querySelector("h3");
    this.sides = el("div", { class: "choices", role: "group", "aria-label": "Whose bytes" });
    this.caption = el("p", { class: "caption" });
    const curve = el("div", { class: "chart" });
    const sequence = this.panel("sequence", "Sequence and acknowledgement", this.sides, this.caption, curve);
    const packets = this.panel("packets", "Packets");
    const payload = this.panel("payload", "Packet");
    root.replaceChildren(head, when, which, one, el("div", { class: "lower" },
      el("div", { class: "column" }, sequence, payload), packets));
    this.timeline = new TimelineView(stage, hello.roles, { choose: (bins) => this.chooseBins(bins) });
    this.connections = new ConnectionsView(which, state, (channel, question) => this.ask(channel, question), hello);
    this.connections.field.value = state.get("search");
    this.chart = new Chart(curve, hello.roles, { label: "Sequence chart", pick: (item) => this.pick(item) });
    this.ladder = new LadderView(packets, state, (channel, question) => this.ask(channel, question), hello.roles);
    this.payload = new PayloadView(payload);
    this.payload.clear();
    this.chart.show(null);
  }

  pick(item) {
    const frame = Number(item.details.frame);
    if (Number.isInteger(frame)) this.state.set({ frame });
  }

  /** Move the views that show what changed. */
  async moved(changed) {
    const began = performance.now();
    const work = [];
    const any = (...names) => names.some((name) => changed.has(name));
    if (any("search", "part", "sort", "descending")) work.push(this.connections.refresh());
    if (any("search", "zoom")) work.push(this.retime());
    if (any("part", "bins")) {
      this.timeline.select(this.state.get("bins"));
      this.zoomIn.disabled = !this.state.get("part");
    }
    if (changed.has("connection")) work.push(this.closeUp());
    else if (changed.has("frame")) work.push(this.showPacket());
    if (changed.has("side")) this.drawSide();
    this.share(changed);
    await Promise.all(work);
    await new Promise((shown) => { requestAnimationFrame(() => shown()); });
    // For whoever measures: how long all of it took.
    this.root.dataset.moved = String(Number(this.root.dataset.moved ?? 0) + 1);
    this.root.dataset.took = (performance.now() - began).toFixed(0);
  }

  /** Tell Python what is chosen. */
  share(changed) {
    const { model, state } = this;
    for (const name of ["connection", "frame", "search"]) {
      if (changed.has(name)) model.set(name, state.get(name) ?? -1);
    }
    model.save_changes();
  }

  async retime() {
    const { search, zoom, connection } = this.state.values;
    const answer = await this.first("timeline", () => true, "timeline",
      { ask: "timeline", search, zoom, connection });
    if (!answer) return;
    this.timeline.take(answer);
    this.timeline.select(this.state.get("bins"));
    this.when.textContent = answer.caption;
    this.zoomOut.disabled = !answer.zoomed;
  }

  async chooseBins(bins) {
    if (!bins) {
      this.state.set({ bins: null, part: "", partWords: "" });
      return;
    }
    const { zoom, connection } = this.state.values;
    this.timeline.select(bins);
    const [first, last] = bins;
    const answer = await this.ask("part", { ask: "part", zoom, first, last, connection });
    if (!answer) return;
    const frame = answer.frame ?? this.state.get("frame");
    this.state.set({ bins, part: answer.part, partWords: answer.words, frame });
  }

  zoom(part) {
    this.state.set({ zoom: part, bins: null, part: "", partWords: "" });
  }

  /** Look at the chosen connection. */
  async closeUp({ marked = false } = {}) {
    const { connection, frame } = this.state.values;
    if (connection < 0) return;
    const about = await this.first("connection", (answer) => answer.connection === connection,
      "connection", { ask: "connection", connection, frame: frame ?? -1 });
    if (!about) return;
    this.about = about;
    this.heading.textContent = about.title;
    this.title.textContent = about.words;
    const sides = about.charts[this.state.get("side")] ? this.state.get("side") : about.charts.server ? "server" : "client";
    this.state.values.side = sides;
    this.drawSide();
    this.showChosen(about.packet);
    this.state.values.frame = about.packet.frame;
    this.model.set("frame", about.packet.frame);
    this.model.save_changes();
    await Promise.all([this.ladder.take(about), this.connections.reveal(connection),
      marked ? null : this.markMine(connection)]);
  }

  async markMine(connection) {
    const { zoom } = this.state.values;
    const answer = await this.ask("mine", { ask: "mine", zoom, connection });
    if (answer) this.timeline.mine(answer.mine);
  }

  drawSide() {
    const side = this.state.get("side");
    const chart = this.about?.charts[side];
    this.sides.replaceChildren(...["client", "server"].map((each) => el("button", {
      type: "button", "aria-pressed": String(each === side), disabled: !this.about?.charts[each],
      onclick: () => this.state.set({ side: each }), text: `Sent by the ${each}` })));
    this.caption.textContent = chart?.caption ?? "Neither side sent any data.";
    this.chart.show(chart?.picture ?? null);
    if (this.packet) this.point();
  }

  async showPacket() {
    const { connection, frame } = this.state.values;
    if (frame === null || connection < 0) return;
    const [packet] = await Promise.all([
      this.ask("packet", { ask: "packet", connection, frame }), this.ladder.reveal(frame)]);
    if (packet) this.showChosen(packet);
  }

  showChosen(packet) {
    this.packet = packet;
    this.payload.take(packet);
    this.point();
  }

  /** Mark the chosen packet in both charts. */
  point() {
    const chart = this.about?.charts[this.state.get("side")];
    const { frame, since_ns: since, moment_ns: moment } = this.packet;
    this.chart.choose(frame ?? null, chart ? since / chart.unit_ns : null);
    this.timeline.atMoment(moment ?? null);
  }
}

export default {
  render({ model, el: root }) {
    const view = new ExplorerView(el("div", {}), model);
    root.append(view.root);
    view.start();
    return () => view.close();
  },
};
