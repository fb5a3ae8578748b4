// The ladder: the packets of one connection in order, an arrow each, fetched as they come into view.

const RUNG_PX = 26;
const CHOICES = [["all", "All"], ["data", "With payload"], ["unusual", "Unusual"]];
const LOOKS = {
  ack: "quiet", open: "note", close: "note", reset: "reset", retransmission: "retransmission",
  "out of order": "out-of-order", "keep-alive": "quiet",
};

class LadderView {
  /** Parameters: `host`; `state`; `ask(channel, question)`; `roles`, looks by name. */
  constructor(host, state, ask, roles) {
    Object.assign(this, { host, state, ask, roles });
    this.which = "all";
    this.place = -1;
    this.id = freshId("rung");
    this.list = el("div", { role: "listbox", tabindex: "0", class: "rungs", "aria-label": "Packets of the connection",
      onkeydown: (event) => this.key(event) });
    this.above = el("div", { role: "presentation" });
    this.body = el("div", { role: "presentation" });
    this.below = el("div", { role: "presentation" });
    this.list.append(this.above, this.body, this.below);
    this.tabs = el("div", { class: "choices", role: "group", "aria-label": "Which packets" });
    this.client = el("span", { class: "end client" });
    this.server = el("span", { class: "end server" });
    host.append(this.tabs, el("div", { class: "ends", "aria-hidden": "true" }, el("span"),
      el("span", { class: "pair" }, this.client, this.server)), this.list);
    this.rows = new WindowedRows({
      scroller: this.list, above: this.above, below: this.below, body: this.body, rowPx: RUNG_PX,
      fetch: (first, count) => this.fetch(first, count), make: (row, index) => this.rung(row, index),
      dress: (node, index) => this.dress(node, index),
    });
    this.watcher = new ResizeObserver(() => this.rows.soon());
    this.watcher.observe(this.list);
  }

  close() {
    this.watcher.disconnect();
  }

  /** Show a connection; `about` is the answer that came with it. */
  async take(about) {
    this.connection = about.connection;
    this.counts = about.counts;
    this.client.textContent = about.client;
    this.server.textContent = about.server;
    if (!about.counts[this.which]) this.which = "all";
    this.choices();
    if (this.which !== "all") {
      await this.restart(about.packet.frame);
      return;
    }
    const { rungs } = about;
    this.rows.forget(rungs.total);
    this.rows.take(rungs.first, rungs);
    this.place = rungs.place;
    await this.rows.settle(this.place);
  }

  clear() {
    this.connection = null;
    this.tabs.replaceChildren();
    this.client.textContent = "";
    this.server.textContent = "";
    this.rows.reset({ total: 0 });
  }

  choices() {
    this.tabs.replaceChildren(...CHOICES.map(([which, words]) => el("button", {
      type: "button", "aria-pressed": String(which === this.which), disabled: !this.counts[which],
      onclick: () => {
        this.which = which;
        this.choices();
        this.restart(this.state.get("frame"));
      },
    }, el("span", { text: words }), el("span", { class: "count", text: this.counts[which].toLocaleString("en") }))));
  }

  async restart(frame) {
    this.place = -1;
    await this.rows.reset({ total: this.counts[this.which] });
    await this.reveal(frame);
  }

  async fetch(first, count) {
    const { connection, which } = this;
    if (connection === null || connection === undefined) return { total: 0, rows: [] };
    return this.ask("", { ask: "rungs", connection, which, first, count });
  }

  /** Mark a frame as chosen and bring it into view. */
  async reveal(frame) {
    if (frame === null || this.connection === null || this.connection === undefined) return;
    let at = this.find(frame);
    if (at < 0) {
      const { connection, which } = this;
      const answer = await this.ask("place", { ask: "rungs", connection, which, first: 0, count: 1, frame });
      if (!answer || connection !== this.connection) return;
      at = answer.place;
    }
    this.place = at;
    this.rows.reveal(at);
    await this.rows.show();
  }

  find(frame) {
    for (const [page, rows] of this.rows.pages) {
      const at = rows.findIndex((row) => row.frame === frame);
      if (at >= 0) return page * PAGE_ROWS + at;
    }
    return -1;
  }

  role(row) {
    if (row.standing === "fake") return "warn";
    return LOOKS[row.kind] ?? row.side;
  }

  rung(row, index) {
    const node = el("div", { role: "option", class: "rung", id: `${this.id}-${index}`,
      "aria-setsize": this.rows.total, "aria-posinset": index + 1 });
    if (!row) {
      node.append(el("span", { class: "waiting", text: "…" }));
      return node;
    }
    const back = row.side === "server";
    const look = this.roles[this.role(row)] ?? { colour: "grey", dash: "solid" };
    node.classList.add(back ? "back" : "forth");
    if (row.note) node.classList.add("odd");
    node.append(
      el("span", { class: "when" }, el("b", { text: row.frame }), el("span", { text: row.at })),
      el("span", { class: "lane", style: `--ink:var(--${look.colour})`, "data-dash": look.dash },
        el("span", { class: "head", "aria-hidden": "true", text: back ? "◀" : "▶" }),
        el("span", { class: "hidden", text: `from the ${row.side}` }),
        el("span", { class: "label", text: row.label })),
      el("span", { class: "rest", title: row.note ? `${row.note} · ${row.detail}` : null },
        el("span", { class: "note", text: row.note }), el("span", { class: "detail", text: row.detail })));
    node.addEventListener("click", () => this.choose(index));
    return node;
  }

  dress(node, index) {
    const chosen = index === this.place;
    node.setAttribute("aria-selected", String(chosen));
    if (chosen) this.list.setAttribute("aria-activedescendant", node.id);
  }

  choose(index) {
    const row = this.rows.row(index);
    this.place = index;
    this.rows.reveal(index);
    this.rows.show().then(() => {
      const fetched = row ?? this.rows.row(index);
      if (fetched && this.place === index) this.state.set({ frame: fetched.frame });
    });
  }

  key(event) {
    const to = this.rows.step(event.key, Math.max(this.place, -1));
    if (to === null) return;
    event.preventDefault();
    this.choose(to);
  }
}
