// Many cards at once: mark some, apply one decision to all that are marked.

const GRID_CARDS = 60;

class GridView {
  constructor(root, deck) {
    this.deck = deck;
    this.box = make("section", "many", root);
    this.cells = make("div", "cells", this.box);
    this.cells.setAttribute("role", "listbox");
    this.cells.setAttribute("aria-multiselectable", "true");
    this.cells.setAttribute("aria-label", "Cards to mark");
    this.cells.tabIndex = 0;
    this.marked = new Set(); // places
    this.at = 0;
    this.places = [];
    this.tiles = [];
  }

  open(place) {
    this.marked.clear();
    this.at = 0;
    this.from = place;
    this.show();
  }

  show() {
    const { queue } = this.deck;
    this.places = queue.nextOnes(Math.max(0, this.from), GRID_CARDS);
    this.marked.forEach((place) => this.places.includes(place) || this.marked.delete(place));
    this.at = Math.max(0, Math.min(this.at, this.places.length - 1));
    this.places.forEach((place, at) => this.showCell(place, at));
    this.tiles.slice(this.places.length).forEach((tile) => (tile.hidden = true));
    this.cells.setAttribute("aria-activedescendant", `mark-${this.at}`);
    this.box.dataset.ready = String(this.places.every((place) => queue.isReady(place)));
  }

  showCell(place, at) {
    this.tiles[at] ??= this.newCell(at);
    const tile = this.tiles[at];
    const { queue, opinions, pictures } = this.deck;
    const member = queue.card(place)?.members[0];
    tile.hidden = false;
    pictures.draw(tile.canvas, member?.id, "large");
    const isMarked = this.marked.has(place);
    tile.classList.toggle("marked", isMarked);
    tile.classList.toggle("active", at === this.at);
    tile.setAttribute("aria-selected", String(isMarked));
    setText(tile.mark, isMarked ? "✓" : "");
    const [label, suggestion] = member ? cardWords(this.deck, member) : ["loading", ""];
    setText(tile.label, label);
    setText(tile.suggestion, suggestion);
    tile.title = `${label} ${suggestion}`.trim();
    setText(tile.flip, member && member.was >= 0 && this.deck.showsFlips ? "◆" : "");
    fillBadge(tile.badge, opinions.mine(queue.ids(place)[0]) ?? opinions.others(queue.ids(place)[0])[0]);
  }

  newCell(at) {
    const tile = makeTile(this.cells, "cell");
    tile.id = `mark-${at}`;
    tile.setAttribute("role", "option");
    tile.label = make("span", "line", tile.caption);
    tile.suggestion = make("span", "line suggestion", tile.caption);
    tile.mark = make("span", "mark", tile);
    tile.flip = make("span", "flip", tile);
    tile.badge = make("span", "badge none", tile);
    tile.onclick = (event) => this.toggle(at, event.shiftKey);
    return tile;
  }

  toggle(at, isRange) {
    const place = this.places[at];
    if (place === undefined) return;
    if (isRange) {
      const [first, last] = [Math.min(at, this.at), Math.max(at, this.at)];
      this.places.slice(first, last + 1).forEach((each) => this.marked.add(each));
    } else if (!this.marked.delete(place)) this.marked.add(place);
    this.at = at;
    this.deck.refresh();
  }

  toggleAll() {
    const isAll = this.marked.size === this.places.length;
    this.marked = new Set(isAll ? [] : this.places);
    this.deck.refresh();
  }

  columns() {
    const tops = this.tiles.filter((tile) => !tile.hidden).map((tile) => tile.offsetTop);
    return Math.max(1, tops.filter((top) => top === tops[0]).length);
  }

  // Whether the key was one of the grid's.
  onKey(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns(), ArrowDown: this.columns() };
    if (event.key in moves) {
      const to = Math.max(0, Math.min(this.places.length - 1, this.at + moves[event.key]));
      if (event.shiftKey) this.toggle(to, true);
      this.at = to;
      this.tiles[to]?.scrollIntoView({ block: "nearest" });
      this.deck.refresh();
    } else if (event.key === " ") this.toggle(this.at, event.shiftKey);
    else if (event.key.toLowerCase() === "a") this.toggleAll();
    else if (event.key === "Escape") {
      this.marked.clear();
      this.deck.refresh();
    } else return false;
    return true;
  }
}

// The label, and what Enter would make of it.
function cardWords(deck, member) {
  return [deck.nameOf(member.label), member.suggested >= 0 ? `→ ${deck.nameOf(member.suggested)}` : ""];
}
