// The virtual grid: draws the tiles in view, moves by keyboard and mouse, selects ranges.

const LOOKAHEAD = 1.5; // windows ahead of the way one scrolls, half of that behind
const REST_MS = 200; // after a jump: what lies around is asked for once one stays, so that the next jump need not wait for it
const CELL_PADDING = 6;
const SPARE_CELLS = 600;

class BrowseGrid {
  constructor(parent, page) {
    this.page = page;
    this.cells = new Map(); // place in the list -> element
    this.spare = [];
    this.lastTop = 0;
    this.seenTop = 0;
    this.scroller = built("div", parent, { className: "scroller", label: "Images", tabIndex: 0 });
    this.scroller.setAttribute("role", "listbox");
    this.scroller.setAttribute("aria-multiselectable", "true");
    this.space = built("div", this.scroller, { className: "space" });
    this.space.setAttribute("role", "presentation");
    this.scroller.onscroll = () => this.scrolled();
    this.space.onclick = (event) => this.click(event);
    this.space.ondblclick = () => page.togglePanel(true);
  }

  // Layout -------------------------------------------------------------------------------------
  layout() {
    const width = this.scroller.clientWidth;
    if (!width || !this.page.rows) return;
    const size = this.page.place.size;
    this.textHeight = size >= 96 ? 38 : size >= 64 ? 19 : 0;
    this.columns = Math.max(1, Math.floor(width / (size + 2 * CELL_PADDING)));
    this.cellWidth = width / this.columns;
    this.cellHeight = size + this.textHeight + 2 * CELL_PADDING;
    this.space.style.height = `${Math.ceil(this.page.rows.length / this.columns) * this.cellHeight}px`;
    this.scroller.dataset.size = size;
    this.redraw();
  }

  // Draw everything in view anew: the list, a decision or a selection changed.
  redraw() {
    this.cells.forEach((cell, at) => this.release(at, cell));
    this.render();
  }

  scrolled() {
    const { scrollTop, clientHeight } = this.scroller;
    if (Math.abs(scrollTop - this.seenTop) > clientHeight) this.rest();
    this.seenTop = scrollTop;
    this.later();
  }

  rest() {
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      this.restTimer = undefined;
      this.page.line.poke();
    }, REST_MS);
  }

  later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  }

  inView() {
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.floor(scrollTop / this.cellHeight), last = Math.ceil((scrollTop + clientHeight) / this.cellHeight);
    return [Math.max(0, first * this.columns), Math.min(this.page.rows.length, last * this.columns)];
  }

  render() {
    if (!this.columns || !this.page.rows) return;
    const [start, stop] = this.inView();
    this.cells.forEach((cell, at) => (at < start || at >= stop) && this.release(at, cell));
    for (let at = start; at < stop; at++) if (!this.cells.has(at)) this.show(at);
    const active = this.page.activeAt;
    if (active >= 0 && this.cells.has(active)) this.scroller.setAttribute("aria-activedescendant", `image-${active}`);
    else this.scroller.removeAttribute("aria-activedescendant");
    this.page.line.poke();
  }

  idsInView() {
    if (!this.columns || !this.page.rows) return [];
    const [start, stop] = this.inView(), { rows, columns } = this.page;
    return Array.from({ length: Math.max(0, stop - start) }, (_, at) => columns.id[rows[start + at]]);
  }

  // The examples to have pictures of: in view, then ahead, then behind; none just after a jump.
  wantedIds() {
    if (!this.columns || !this.page.rows || this.restTimer) return [];
    const [start, stop] = this.inView();
    const isDown = this.scroller.scrollTop >= this.lastTop;
    this.lastTop = this.scroller.scrollTop;
    const far = Math.ceil((stop - start) * LOOKAHEAD), near = Math.ceil(far / 2);
    const { rows, columns } = this.page, ids = [];
    const add = (from, to) => {
      for (let at = Math.max(0, from); at < Math.min(rows.length, to); at++) ids.push(columns.id[rows[at]]);
    };
    add(start, stop);
    if (isDown) add(stop, stop + far);
    add(start - (isDown ? near : far), start);
    if (!isDown) add(stop, stop + near);
    return ids;
  }

  release(at, cell) {
    this.cells.delete(at);
    cell.style.display = "none";
    cell.removeAttribute("id"); // another cell may show that place next
    cell.classList.remove("active");
    if (this.spare.length < SPARE_CELLS) this.spare.push(cell);
    else cell.remove();
  }

  show(at) {
    const cell = this.spare.pop() ?? this.newCell();
    this.cells.set(at, cell);
    cell.style.cssText = `width:${this.cellWidth}px;height:${this.cellHeight}px;transform:translate(${
      (at % this.columns) * this.cellWidth}px,${Math.floor(at / this.columns) * this.cellHeight}px)`;
    cell.id = `image-${at}`;
    cell.at = at;
    cell.setAttribute("aria-posinset", at + 1);
    cell.setAttribute("aria-setsize", this.page.rows.length);
    this.fill(cell, this.page.rows[at]);
    this.mark(cell, at);
  }

  newCell() {
    const cell = built("div", this.space, { className: "cell" });
    cell.setAttribute("role", "option");
    cell.parts = {
      picture: built("canvas", cell, { className: "picture" }),
      sign: built("span", cell, { className: "sign" }),
      caption: built("div", cell, { className: "caption" }),
      note: built("div", cell, { className: "note" }),
    };
    return cell;
  }

  fill(cell, row) {
    const { columns, place } = this.page;
    const { picture, sign, caption, note } = cell.parts;
    cell.row = row;
    picture.style.width = picture.style.height = `${place.size}px`;
    drawPicture(picture, this.page.pictures.get(columns.id[row]));
    this.page.pictures.touch(columns.id[row]);
    const words = tileWords(columns, row, place);
    cell.setAttribute("aria-label", words.spoken);
    cell.title = words.spoken;
    caption.textContent = words.caption;
    note.textContent = words.note;
    note.classList.toggle("planted", words.isPlanted);
    sign.textContent = words.sign;
    sign.className = `sign ${words.decision}`;
    cell.classList.toggle("dropped", words.sign === SIGN.drop);
  }

  mark(cell, at) {
    const isActive = at === this.page.activeAt, isSelected = this.page.selection.has(cell.row);
    cell.classList.toggle("active", isActive);
    cell.classList.toggle("selected", isSelected);
    cell.setAttribute("aria-selected", String(isSelected));
  }

  markAll() {
    this.cells.forEach((cell, at) => this.mark(cell, at));
    this.render();
  }

  drawLate() {
    this.cells.forEach((cell) => {
      if (cell.parts.picture.dataset.painted === "false") {
        drawPicture(cell.parts.picture, this.page.pictures.get(this.page.columns.id[cell.row]));
      }
    });
  }

  // Moving -------------------------------------------------------------------------------------
  step(key) {
    const page = this.columns * Math.max(1, Math.floor(this.scroller.clientHeight / this.cellHeight));
    return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns,
      PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[key];
  }

  reveal(at) {
    const top = Math.floor(at / this.columns) * this.cellHeight, bottom = top + this.cellHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.scroller.scrollTop = bottom - clientHeight;
  }

  click(event) {
    const cell = event.target.closest(".cell");
    if (!cell) return;
    if (event.shiftKey) this.page.extendTo(cell.at);
    else if (event.ctrlKey || event.metaKey) this.page.toggle(cell.at);
    else this.page.moveTo(cell.at);
  }
}

// What stands under one picture and what a screen reader says of it.
function tileWords(columns, row, place) {
  const { score } = place, { values, percentile } = columns.scores.get(score);
  const label = columns.className(columns.label[row]), suggested = columns.className(columns.suggested[row]);
  const differs = suggested && columns.suggested[row] !== columns.label[row];
  const { decision } = columns.heldAt(row);
  const isPlanted = showsTruth(place) && Boolean(columns.flags[row] & 1);
  const caption = differs ? `${label} → ${suggested}` : label;
  const decided = decision ? `${decision.replace("_", " ")} ${columns.newClassName(row)}`.trim() : "";
  const value = score === "mislabel_score" ? likelihood(values[row]) : shortNumber(values[row]);
  const note = `${isPlanted ? "◆ " : ""}${value}`;
  const spoken = [caption, `${columns.scoreTitles.get(score)} ${value}, percentile ${percent(percentile[row])}`, isPlanted && "flipped on purpose", decided && `decided: ${decided}`,
    `example ${columns.id[row]}`].filter(Boolean).join(", ");
  return { caption, note, spoken, isPlanted, decision, sign: SIGN[decision] ?? "" };
}
