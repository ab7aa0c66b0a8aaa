// The image grid: draws the tiles in view from sheets, asks for the sheets it lacks, moves by keyboard.
// Text reaches the page through textContent and aria-label alone.

const SHEETS_KEPT = 40;
const LOOKAHEAD_ROWS = 4;
const ASK_AFTER_MS = 60; // throttled, not debounced: while scrolling, sheets keep arriving
const TEXT_HEIGHT = 38; // caption and note under a picture
const PADDING = 6;
const PEEK = 0.6; // of a row, so that there is more to see below
const NARROW = 620; // pixels: below, the panel stands under the grid

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".grid-root");
  root.grid ??= new Grid(root);
  const send = whileHere(root, setStateValue);
  root.grid.ask = (wanted) => send("wanted", wanted);
  root.grid.receive(readMessage(data));
  return whenGone(root, () => root.grid?.close());
}

function readMessage(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let start = 4 + length;
  header.sheets.forEach((sheet, i) => {
    sheet.bytes = bytes.slice(start, start + header.blobs[i]);
    start += header.blobs[i];
  });
  return header;
}

function element(name, className, parent) {
  const made = document.createElement(name);
  made.className = className;
  parent?.append(made);
  return made;
}

class Grid {
  constructor(root) {
    this.root = root;
    this.sheets = new Map(); // number -> {tiles, isSmall, bitmap}; the most recently used last
    this.cells = new Map(); // index -> element in view
    this.spare = [];
    this.active = 0;
    this.turn = 0;
    this.asked = new Set();
    this.header = { version: null, num: 0 };
    this.scroller = element("div", "scroller", root);
    this.scroller.setAttribute("role", "listbox");
    this.scroller.tabIndex = 0;
    this.space = element("div", "space", this.scroller);
    this.space.setAttribute("role", "presentation");
    this.panel = new Panel(root);
    this.scroller.onscroll = () => this.later();
    this.scroller.onkeydown = (event) => this.onKey(event);
    this.space.onclick = (event) => this.onClick(event);
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(root);
  }

  close() {
    this.observer.disconnect();
    clearTimeout(this.timer);
    this.sheets.forEach((sheet) => sheet.bitmap?.close());
    this.sheets.clear();
    this.root.grid = undefined;
    this.root.replaceChildren();
  }

  receive(header) {
    if (header.version !== this.header.version) this.forget();
    this.header = header;
    this.scroller.setAttribute("aria-label", header.look.label);
    this.root.style.setProperty("--planted", header.look.planted_color);
    header.sheets.forEach((sheet) => this.keep(sheet));
    this.active = Math.max(0, Math.min(this.active, header.num - 1));
    this.layout();
  }

  forget() {
    this.sheets.forEach((sheet) => sheet.bitmap?.close());
    this.sheets.clear();
    this.asked.clear();
    this.active = 0;
    this.scroller.scrollTop = 0;
  }

  async keep(sheet) {
    this.asked.delete(sheet.number);
    if (this.sheets.get(sheet.number)?.bitmap) return;
    this.sheets.set(sheet.number, sheet);
    const bitmap = await createImageBitmap(new Blob([sheet.bytes]));
    sheet.bytes = undefined;
    if (this.sheets.get(sheet.number) !== sheet) return bitmap.close();
    sheet.bitmap = bitmap;
    this.refresh();
  }

  // Layout -------------------------------------------------------------------------------------
  layout() {
    if (!this.header.look || !this.root.clientWidth) return;
    const { tile_size: tile, num_rows: rows } = this.header.look;
    this.root.classList.toggle("narrow", this.root.clientWidth < NARROW);
    this.tile = tile;
    this.cellHeight = tile + TEXT_HEIGHT + 2 * PADDING + 4;
    const width = this.scroller.clientWidth;
    this.columns = Math.max(1, Math.floor(width / (tile + 2 * PADDING + 4)));
    this.cellWidth = width / this.columns;
    const all = Math.ceil(this.header.num / this.columns);
    this.space.style.height = `${all * this.cellHeight}px`;
    const isWhole = all <= rows;
    this.scroller.style.height = `${Math.max(1, isWhole ? all : rows + PEEK) * this.cellHeight + 2}px`;
    this.panel.panel.style.maxHeight = isWhole ? "" : this.scroller.style.height;
    this.refresh();
  }

  refresh() {
    this.cells.forEach((cell, index) => this.release(index, cell));
    this.render();
  }

  later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  }

  inView() {
    const first = Math.floor(this.scroller.scrollTop / this.cellHeight) - 1;
    const last = Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / this.cellHeight) + 1;
    return [Math.max(0, first * this.columns), Math.min(this.header.num, last * this.columns)];
  }

  render() {
    if (!this.columns) return;
    const [start, stop] = this.inView();
    this.cells.forEach((cell, index) => (index < start || index >= stop) && this.release(index, cell));
    for (let index = start; index < stop; index++) if (!this.cells.has(index)) this.show(index);
    this.scroller.setAttribute("aria-activedescendant", `tile-${this.active}`);
    this.panel.show(this.tileAt(this.active), this.sheetAt(this.active));
    this.askFor(start - LOOKAHEAD_ROWS * this.columns, stop + LOOKAHEAD_ROWS * this.columns);
  }

  sheetAt(index) {
    return this.sheets.get(Math.floor(index / this.header.sheetSize));
  }

  tileAt(index) {
    return this.sheetAt(index)?.tiles[index % this.header.sheetSize];
  }

  release(index, cell) {
    this.cells.delete(index);
    cell.remove();
    this.spare.push(cell);
  }

  show(index) {
    const cell = this.spare.pop() ?? newCell();
    this.cells.set(index, cell);
    const column = index % this.columns;
    const row = Math.floor(index / this.columns);
    cell.style.width = `${this.cellWidth}px`;
    cell.style.height = `${this.cellHeight}px`;
    cell.style.transform = `translate(${column * this.cellWidth}px, ${row * this.cellHeight}px)`;
    cell.id = `tile-${index}`;
    cell.index = index;
    cell.classList.toggle("active", index === this.active);
    cell.setAttribute("aria-selected", String(index === this.active));
    cell.setAttribute("aria-posinset", String(index + 1));
    cell.setAttribute("aria-setsize", String(this.header.num));
    fillCell(cell, this.tileAt(index), this.sheetAt(index), this.tile);
    this.space.append(cell);
  }

  // Asking for sheets --------------------------------------------------------------------------
  askFor(start, stop) {
    const size = this.header.sheetSize;
    const first = Math.floor(Math.max(0, start) / size);
    const last = Math.floor((Math.min(this.header.num, stop) - 1) / size);
    this.missing = [];
    for (let number = first; number <= last; number++) {
      if (!this.sheets.has(number) && !this.asked.has(number)) this.missing.push(number);
    }
    if (this.missing.length && !this.timer) this.timer = setTimeout(() => this.send(), ASK_AFTER_MS);
    this.prune(first, last);
  }

  send() {
    this.timer = undefined;
    if (!this.missing.length) return;
    const sheets = [...this.missing, ...this.asked].slice(0, 4); // those asked for may have been overtaken
    sheets.forEach((number) => this.asked.add(number));
    this.ask({ sheets, turn: ++this.turn + Date.now() });
    setTimeout(() => this.retry(sheets), 3000);
  }

  retry(sheets) {
    sheets.forEach((number) => this.asked.delete(number)); // the answer was lost, or is slow
    if (this.root.isConnected) this.render();
  }

  prune(first, last) {
    for (const [number, sheet] of this.sheets) {
      if (this.sheets.size <= SHEETS_KEPT) return;
      if (number >= first && number <= last) continue;
      sheet.bitmap?.close();
      this.sheets.delete(number);
    }
  }

  // Keyboard and mouse -------------------------------------------------------------------------
  onKey(event) {
    const page = this.columns * Math.max(1, Math.floor(this.scroller.clientHeight / this.cellHeight));
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns,
      PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.moveTo(this.active + moves[event.key]);
  }

  onClick(event) {
    const cell = event.target.closest(".cell");
    if (cell) this.moveTo(cell.index);
  }

  moveTo(index) {
    this.active = Math.max(0, Math.min(this.header.num - 1, index));
    const top = Math.floor(this.active / this.columns) * this.cellHeight;
    const bottom = top + this.cellHeight;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (bottom > this.scroller.scrollTop + this.scroller.clientHeight) {
      this.scroller.scrollTop = bottom - this.scroller.clientHeight;
    }
    this.cells.forEach((cell, at) => {
      cell.classList.toggle("active", at === this.active);
      cell.setAttribute("aria-selected", String(at === this.active));
    });
    this.render();
  }
}

function newCell() {
  const cell = element("div", "cell");
  cell.setAttribute("role", "option");
  element("canvas", "picture", cell);
  element("div", "caption", cell);
  element("div", "note", cell);
  return cell;
}

function fillCell(cell, tile, sheet, size) {
  const [picture, caption, note] = cell.children;
  picture.style.width = picture.style.height = `${size}px`;
  cell.classList.toggle("waiting", !tile);
  cell.dataset.painted = String(draw(picture, tile, sheet));
  cell.title = tile ? tile.caption : "";
  cell.setAttribute("aria-label", tile ? spoken(tile) : "loading");
  caption.textContent = tile ? tile.caption : "";
  note.textContent = tile ? tile.note : "";
  note.classList.toggle("planted", Boolean(tile?.is_planted));
}

function spoken(tile) {
  return [tile.caption, ...tile.details.map(([word, value]) => `${word} ${value}`)].join(", ");
}

function draw(canvas, tile, sheet) {
  if (!tile || !sheet?.bitmap) {
    canvas.width = canvas.height = 1;
    return false;
  }
  const [left, top, width, height] = tile.place;
  canvas.width = width;
  canvas.height = height;
  canvas.classList.toggle("small", sheet.isSmall);
  canvas.getContext("2d").drawImage(sheet.bitmap, left, top, width, height, 0, 0, width, height);
  return true;
}

class Panel {
  constructor(root) {
    this.panel = element("aside", "detail", root);
    this.panel.tabIndex = 0; // it scrolls
    this.panel.setAttribute("aria-label", "Chosen picture");
    this.picture = element("canvas", "picture", this.panel);
    this.picture.setAttribute("role", "img");
    this.headline = element("div", "headline", this.panel);
    this.list = element("dl", "", this.panel);
  }

  show(tile, sheet) {
    const isDrawn = draw(this.picture, tile, sheet);
    if (this.tile === tile && this.isDrawn === isDrawn) return;
    this.tile = tile;
    this.isDrawn = isDrawn;
    this.headline.textContent = tile ? tile.caption : "";
    this.picture.setAttribute("aria-label", tile ? tile.caption : "loading");
    this.list.replaceChildren();
    (tile ? tile.details : []).forEach(([word, value]) => {
      element("dt", "", this.list).textContent = word;
      element("dd", "", this.list).textContent = value;
    });
  }
}
