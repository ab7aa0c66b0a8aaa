// The selected rows, and the bar that says how many and what to do with them.

const MOST_DECIDED = 1000; // images decided on at once

class Selection {
  constructor(num) {
    this.mask = new Uint8Array(num);
    this.count = 0;
  }

  has(row) {
    return this.mask[row] === 1;
  }

  set(row, isSelected) {
    const value = isSelected ? 1 : 0;
    if (this.mask[row] === value) return;
    this.mask[row] = value;
    this.count += isSelected ? 1 : -1;
  }

  clear() {
    this.mask.fill(0);
    this.count = 0;
  }

  rows() {
    const rows = [];
    for (let row = 0; row < this.mask.length; row++) if (this.mask[row]) rows.push(row);
    return rows;
  }
}

// Rows as base64 of bits, eight rows a byte, lowest bit first.
function bitMask(rows, num) {
  const bytes = new Uint8Array(Math.ceil(num / 8));
  for (const row of rows) bytes[row >> 3] |= 1 << (row & 7);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

class SelectionBar {
  constructor(parent, page) {
    this.page = page;
    this.root = built("div", parent, { className: "selection", label: "Selected images" });
    this.root.setAttribute("role", "group");
    this.words = built("span", this.root, { className: "words" });
    this.words.setAttribute("role", "status");
    this.clearButton = button(this.root, "✕", () => page.clearSelection(), { className: "plain clear", label: "Clear the selection", title: "Esc" });
    this.buttons = [
      button(this.root, "✓ Keep", () => page.judge.decide("keep", "", page.selection.rows()), { className: "plain keep" }),
      button(this.root, "→ Relabel", () => page.chooser.open(page.selection.rows()), { className: "plain relabel" }),
      button(this.root, "✕ Drop", () => page.judge.decide("drop", "", page.selection.rows()), { className: "plain drop" }),
      button(this.root, "? Unsure", () => page.judge.decide("unsure", "", page.selection.rows()), { className: "plain unsure" }),
    ];
    this.undo = button(this.root, "↶ Undo", () => page.judge.undo(), { className: "plain undo", title: "Z" });
    this.list = button(this.root, "Index list", () => page.download(), { className: "plain list", title: "CSV of the selected images, or of all that match: a row each, in the words of the source" });
    this.all = button(this.root, "Select all that match", () => page.selectAll(), { className: "plain" });
    this.saved = built("span", this.root, { className: "saved" });
    this.saved.setAttribute("role", "status");
  }

  show() {
    const { selection, rows } = this.page, num = selection.count;
    this.root.classList.toggle("chosen", num > 0);
    this.words.textContent = num ? `${thousands(num)} selected${this.hiddenWords(num)}` : "";
    this.buttons.forEach((each) => {
      each.hidden = !num;
      each.disabled = num > MOST_DECIDED;
      each.title = num > MOST_DECIDED ? `At most ${thousands(MOST_DECIDED)} images are decided on at once` : "";
    });
    this.clearButton.hidden = !num;
    this.undo.hidden = !num;
    this.undo.disabled = !this.page.judge?.done.length;
    this.list.textContent = num ? "Index list" : `Index list of ${thousands(rows?.length ?? 0)}`;
    this.list.disabled = !num && !rows?.length;
    this.all.hidden = !rows?.length || num === rows.length;
    this.all.textContent = num ? "Select all" : "Select all that match";
  }

  // Selected images that the filters leave out are decided on too: that is said.
  hiddenWords(num) {
    const { selection, rows } = this.page;
    const shown = rows?.reduce((sum, row) => sum + selection.mask[row], 0) ?? num;
    return shown === num ? "" : `, ${thousands(num - shown)} of them not on view`;
  }

  showSaved(log) {
    this.saved.textContent = log.state === "saved" && !this.wasSaving ? "" : log.state === "saved" ? "saved ✓" : log.sentence;
    this.saved.dataset.state = log.state;
    if (log.state !== "saved") this.wasSaving = true;
  }
}
