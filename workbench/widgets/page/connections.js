// The connection table: search, chips, columns, sorting, and rows fetched as they come into view.

const ROW_PX = 27;
const FACETS = { proto: "", kind: "", is: "" };
const EXPLAINED = {
  reset: "a side sent a reset", again: "segments were sent again", late: "segments came out of order",
  badsum: "wrong checksums", stalled: "a window was closed", unanswered: "only one side sent anything",
  "two-names": "the first packet names another server",
};

class ConnectionsView {
  /** Parameters: `host`; `state`; `ask(channel, question)`; `hello`, what is known of the capture. */
  constructor(host, state, ask, hello) {
    Object.assign(this, { host, state, ask, hello });
    this.id = freshId("row");
    this.place = -1;
    this.columns = hello.columns.filter((each) => hello.shown.includes(each.name))
      .sort((a, b) => hello.shown.indexOf(a.name) - hello.shown.indexOf(b.name));
    this.bar();
    this.grid();
    const typed = later(180, () => state.set({ search: this.field.value.trim() }));
    this.field.addEventListener("input", typed);
  }

  bar() {
    this.field = el("input", { type: "search", spellcheck: "false", autocomplete: "off",
      placeholder: "Search: name, address, port, flag:rst, again>0, lasted>1s …", "aria-label": "Search connections",
      "aria-describedby": `${this.id}-count` });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.table.focus();
      if (event.key === "Escape") this.search("");
    });
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "Filters" });
    this.counted = el("span", { class: "counted", role: "status", id: `${this.id}-count` });
    this.chooser = el("details", { class: "chooser" }, el("summary", { text: "Columns" }), this.boxes());
    this.chooser.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.chooser.open = false;
      this.chooser.querySelector("summary").focus();
    });
    const help = el("details", { class: "chooser" }, el("summary", { text: "Help" }), this.help());
    this.host.append(el("div", { class: "bar" }, this.field, this.counted, this.chooser, help), this.chips);
    this.paintChips();
  }

  help() {
    const lines = [
      ["x.com 443", "both words, in any text or as a port"], ["-udp", "not"],
      ["name:x.com  addr:10.0.0.0/8  port:443", "in one column"],
      ["flag:rst  is:again", "flags seen, conditions"],
      ["packets>100  bytes>=1MiB  lasted>1.5s  rtt<20ms", "numbers with units"],
      ["with:\"ttl < 10 and flags syn\"", "has such a packet (language of packet filters)"],
      ["#12", "the connection of this number"],
    ];
    return el("div", { class: "sheet" }, ...lines.map(([code, words]) =>
      el("div", {}, el("code", { text: code }), el("span", { text: words }))));
  }

  boxes() {
    return el("div", { class: "sheet boxes", role: "group", "aria-label": "Columns shown" },
      ...this.hello.columns.map((column) => {
        const box = el("input", { type: "checkbox", checked: this.columns.includes(column) });
        box.addEventListener("change", () => this.column(column, box.checked));
        return el("label", {}, box, el("span", { text: column.title }));
      }));
  }

  /** Show a column, or hide it; the last one stays. */
  column(column, shown) {
    const rest = this.columns.filter((each) => each !== column);
    if (!shown && !rest.length) return;
    const order = [...this.hello.shown, ...this.hello.columns.map((each) => each.name)];
    this.columns = (shown ? [...rest, column] : rest)
      .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    this.paintHead();
    this.rows.reset({ keepPlace: true });
  }

  /** Terms of the search, as they were typed. */
  get terms() {
    return this.state.get("search").match(/[^\s"]*"[^"]*"|\S+/g) ?? [];
  }

  search(text) {
    this.field.value = text;
    this.state.set({ search: text.trim() });
  }

  paintChips() {
    const chips = [];
    for (const field of Object.keys(FACETS)) {
      for (const [value, count] of Object.entries(this.hello.facets[field] ?? {}).slice(0, 8)) {
        const term = `${field}:${/\s/.test(value) ? `"${value}"` : value}`;
        const pressed = this.terms.includes(term);
        chips.push(el("button", { type: "button", "aria-pressed": String(pressed), class: field,
          title: EXPLAINED[value] ?? `connections with ${term}`,
          onclick: () => {
            const rest = this.terms.filter((each) => each !== term);
            this.search((pressed ? rest : [...rest, term]).join(" "));
          } },
        el("span", { text: value }), el("span", { class: "count", text: count.toLocaleString("en") })));
      }
    }
    const part = this.state.get("part");
    if (part) {
      chips.push(el("button", { type: "button", "aria-pressed": "true", class: "part",
        title: "Show the connections of all times again", onclick: () => this.state.set({ bins: null, part: "" }) },
      el("span", { text: this.state.get("partWords") }), el("span", { "aria-hidden": "true", text: "✕" })));
    }
    this.chips.replaceChildren(...chips);
  }

  grid() {
    this.above = el("div");
    this.below = el("div");
    this.head = el("tr", { role: "row", "aria-rowindex": "1" });
    this.body = el("tbody", { role: "rowgroup" });
    this.table = el("table", { role: "grid", tabindex: "0", "aria-label": "Connections",
      onkeydown: (event) => this.key(event) },
    el("thead", { role: "rowgroup" }, this.head), this.body);
    this.scroller = el("div", { class: "grid" }, this.above, this.table, this.below);
    this.host.append(this.scroller);
    this.rows = new WindowedRows({
      scroller: this.scroller, above: this.above, below: this.below, body: this.body, rowPx: ROW_PX,
      fetch: (first, count) => this.fetch(first, count), make: (row, index) => this.line(row, index),
      headPx: () => this.head.offsetHeight, dress: (node, index) => this.dress(node, index),
    });
    this.paintHead();
    this.watcher = new ResizeObserver(() => this.rows.soon());
    this.watcher.observe(this.scroller);
  }

  close() {
    this.watcher.disconnect();
  }

  paintHead() {
    const [sort, descending] = [this.state.get("sort"), this.state.get("descending")];
    this.head.replaceChildren(...this.columns.map((column) => {
      const mine = column.name === sort;
      const order = mine ? (descending ? "descending" : "ascending") : "none";
      return el("th", { role: "columnheader", scope: "col", "aria-sort": order, class: column.numeric ? "number" : "" },
        el("button", { type: "button", onclick: () => this.sort(column, mine) },
          el("span", { text: column.title }), el("span", { class: "order", "aria-hidden": "true",
            text: mine ? (descending ? "▼" : "▲") : "" })));
    }));
    this.table.setAttribute("aria-colcount", this.columns.length);
  }

  sort(column, mine) {
    const descending = mine ? !this.state.get("descending") : column.numeric && column.name !== "connection";
    this.state.set({ sort: column.name, descending });
  }

  question(more) {
    const { search, part, sort, descending } = this.state.values;
    return { ask: "rows", search, part, sort, descending, columns: this.columns.map((each) => each.name), ...more };
  }

  async fetch(first, count) {
    const answer = await this.ask("", this.question({ first, count }));
    if (!answer) return undefined;
    return { total: answer.matched, rows: this.unpack(answer) };
  }

  /** Ask anew, since search, part or order changed; the chosen row stays in view where it can. */
  async refresh(given) {
    this.paintHead();
    this.paintChips();
    const chosen = this.state.get("connection");
    const answer = given?.cells ? given
      : await this.ask("rows", this.question({ count: PAGE_ROWS, find: chosen, around: true }));
    this.field.setAttribute("aria-invalid", String(!answer));
    if (!answer) return;
    const { matched, total } = answer;
    const all = `${total.toLocaleString("en")} connection${total === 1 ? "" : "s"}`;
    this.counted.textContent = matched === total ? all : `${matched.toLocaleString("en")} of ${all}`;
    this.table.setAttribute("aria-rowcount", matched + 1);
    this.scroller.dataset.empty = String(!matched);
    this.place = answer.place ?? -1;
    this.rows.forget(matched);
    this.rows.take(answer.first, { total: matched, rows: this.unpack(answer) });
    await this.rows.settle(this.place);
  }

  unpack(answer) {
    return answer.cells.map((cells, i) => ({ cells, connection: answer.connections[i] }));
  }

  /** Bring the row of a connection that was chosen elsewhere into view. */
  async reveal(connection) {
    const row = this.rows.row(this.place);
    if (row && row.connection === connection) return;
    const answer = await this.ask("place", this.question({ count: PAGE_ROWS, find: connection, around: true }));
    if (!answer) return;
    this.place = answer.place ?? -1;
    if (this.place >= 0) this.rows.take(answer.first, { total: answer.matched, rows: this.unpack(answer) });
    this.rows.reveal(this.place);
    await this.rows.show();
  }

  line(row, index) {
    const line = el("tr", { role: "row", id: `${this.id}-${index}`, "aria-rowindex": index + 2 });
    line.append(...this.columns.map((column, i) => el("td", { role: "gridcell", class: column.numeric ? "number" : "",
      text: row?.cells[i] ?? (i ? "" : "…"), title: (row?.cells[i]?.length ?? 0) > 24 ? row.cells[i] : null })));
    line.addEventListener("click", () => this.choose(index));
    return line;
  }

  dress(line, index) {
    const chosen = index === this.place;
    line.setAttribute("aria-selected", String(chosen));
    if (chosen) this.table.setAttribute("aria-activedescendant", line.id);
  }

  choose(index) {
    this.place = index;
    this.rows.reveal(index);
    this.rows.show().then(() => {
      const row = this.rows.row(index);
      if (row && this.place === index) this.state.set({ connection: row.connection, frame: null });
    });
  }

  key(event) {
    if (event.target !== this.table) return;
    const to = this.rows.step(event.key, this.place);
    if (to !== null) this.choose(to);
    else if (event.key === "/") this.field.focus();
    else return;
    event.preventDefault();
  }
}
