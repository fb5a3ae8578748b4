// Long lists: only the rows in view exist, and only pages near them are fetched.

const PAGE_ROWS = 60;
const TALLEST_PX = 6_000_000;
const SPARE_ROWS = 8;

class WindowedRows {
  /**
   * Parameters: `scroller`, the element that scrolls; `above` and `below`, elements that take the
   * room of the rows that do not exist; `body`, the parent of the rows; `rowPx`, the height of a
   * row; `fetch(first, count)`, which promises `{total, rows}` or undefined; `make(row, index)`,
   * which returns a row's element, `row` being undefined while it is fetched; `dress(node, index)`,
   * which marks it as chosen or not.
   */
  constructor(options) {
    Object.assign(this, options);
    this.total = 0;
    this.pages = new Map();
    this.asked = new Set();
    this.nodes = new Map();
    this.round = 0;
    this.waiting = false;
    this.scroller.addEventListener("scroll", () => this.soon(), { passive: true });
  }

  forget(total = null) {
    this.round += 1;
    this.pages.clear();
    this.asked.clear();
    if (total !== null) this.total = total;
  }

  /** Forget all rows, since what they show has changed, and fetch those in view. */
  reset({ total = null, keepPlace = false } = {}) {
    this.forget(total);
    if (!keepPlace) this.scroller.scrollTop = 0;
    return this.show();
  }

  row(index) {
    return this.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  get visible() {
    return Math.max(1, Math.ceil(this.scroller.clientHeight / this.rowPx));
  }

  get height() {
    return Math.min(this.total * this.rowPx, TALLEST_PX);
  }

  /** Rows for each pixel, where there are more rows than a page can be tall. */
  get squeeze() {
    const room = this.height - this.scroller.clientHeight;
    return this.total * this.rowPx <= TALLEST_PX ? 0 : (this.total - this.visible + 1) / room;
  }

  get first() {
    const top = this.scroller.scrollTop;
    const at = this.squeeze ? Math.round(top * this.squeeze) : Math.floor(top / this.rowPx);
    return clamp(at, 0, Math.max(0, this.total - 1));
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.show();
    });
  }

  /** Draw the rows in view and fetch what is missing. */
  show() {
    const spare = this.squeeze ? 0 : SPARE_ROWS;
    const low = Math.max(0, this.first - spare);
    const high = Math.min(this.total, this.first + this.visible + 1 + spare);
    const above = this.squeeze ? this.scroller.scrollTop : low * this.rowPx;
    const filled = (high - low) * this.rowPx;
    this.above.style.height = `${above}px`;
    this.below.style.height = `${Math.max(0, this.height - above - filled)}px`;
    this.placeRows(low, high);
    const wanted = [];
    for (let page = Math.floor(low / PAGE_ROWS); page * PAGE_ROWS < high; page += 1) {
      if (!this.asked.has(page)) wanted.push(this.load(page));
    }
    return Promise.all(wanted);
  }

  /** Make, drop and change only what must be: a row that is being clicked stays what it is. */
  placeRows(low, high) {
    for (const [index, { node }] of this.nodes) {
      if (index >= low && index < high) continue;
      node.remove();
      this.nodes.delete(index);
    }
    let before = null;
    for (let index = high - 1; index >= low; index -= 1) {
      const row = this.row(index);
      const had = this.nodes.get(index);
      let node = had?.node;
      if (!had || had.row !== row || had.round !== this.round) {
        node = this.make(row, index);
        if (had) had.node.replaceWith(node);
        else this.body.insertBefore(node, before);
        this.nodes.set(index, { node, row, round: this.round });
      }
      this.dress(node, index);
      before = node;
    }
  }

  async load(page) {
    const { round } = this;
    this.asked.add(page);
    const answer = await this.fetch(page * PAGE_ROWS, PAGE_ROWS);
    if (round !== this.round) return;
    if (!answer) {
      this.asked.delete(page);
      return;
    }
    this.pages.set(page, answer.rows);
    this.total = answer.total;
    await this.show();
  }

  /** Take rows that came with another answer. */
  take(first, answer) {
    if (first % PAGE_ROWS) return;
    this.asked.add(first / PAGE_ROWS);
    this.pages.set(first / PAGE_ROWS, answer.rows);
    this.total = answer.total;
  }

  /** Show the list from its top, or from where a row is in view. */
  settle(index) {
    this.above.style.height = "0px";
    this.below.style.height = `${this.height}px`;
    this.scroller.scrollTop = 0;
    if (index >= this.visible - 1) this.scroller.scrollTop = this.squeeze ? index / this.squeeze : (index - 2) * this.rowPx;
    return this.show();
  }

  /** Scroll a row into view, if it is not. */
  reveal(index) {
    if (index < 0 || index >= this.total) return;
    const head = this.headPx?.() ?? 0;
    if (this.squeeze) {
      if (index < this.first || index >= this.first + this.visible - 1) {
        this.scroller.scrollTop = index / this.squeeze;
      }
      return;
    }
    const top = index * this.rowPx;
    const room = this.scroller.clientHeight - head;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + this.rowPx > this.scroller.scrollTop + room) {
      this.scroller.scrollTop = top + this.rowPx - room;
    }
  }

  /** The row that a key leads to from `index`, or null for a key that leads nowhere. */
  step(key, index) {
    const page = Math.max(1, this.visible - 2);
    const moves = {
      ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page,
      Home: 0, End: this.total - 1,
    };
    return key in moves && this.total ? clamp(moves[key], 0, this.total - 1) : null;
  }
}
