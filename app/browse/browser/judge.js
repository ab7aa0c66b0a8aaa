// Deciding: on the image that is shown, or on all selected where it is one of them; the bar of the selection decides
// on the selection. Each decision goes through the operation log, undo too.

class Judge {
  constructor(page) {
    this.page = page;
    this.done = []; // entries that can be undone: {operations: [{id, row}], before: [{decision, newLabel}]}
    this.undone = []; // entries taken back: {operations, undoing: [{id, row}], before, after}
  }

  receive(part) {
    this.done = part.undo.map(([id, exampleId]) => ({ operations: [{ id, row: this.page.columns.rowOf(exampleId) }] }))
      .filter(({ operations }) => operations[0].row >= 0);
    this.undone = [];
  }

  rows() {
    const { selection, activeRow } = this.page;
    if (selection.count && (activeRow === undefined || selection.has(activeRow))) return selection.rows();
    return activeRow === undefined ? [] : [activeRow];
  }

  takeSuggested() {
    const { columns } = this.page;
    const rows = this.rows().filter((row) => columns.suggested[row] !== NO_CLASS && columns.suggested[row] !== columns.label[row]);
    if (!rows.length) return this.page.say("The models suggest no other class here");
    this.add(rows, (row) => ["relabel", columns.suggested[row]]);
  }

  // A class given by its number, or by the name of a new one.
  decide(decision, newLabel = "", rows = this.rows()) {
    if (!rows.length) return this.page.say("Choose an image first");
    this.add(rows, () => [decision, newLabel]);
  }

  takeLikeliest(place) {
    const detail = this.page.panel.details.get(this.page.activeId);
    if (!detail) return this.page.say("The classes of this image are still being read");
    if (place < detail.probabilities.length) this.decide("relabel", detail.probabilities[place][0]);
  }

  add(rows, decisionOf) {
    const { page } = this, { columns } = page;
    if (rows.length > MOST_DECIDED) return page.say(`At most ${thousands(MOST_DECIDED)} images are decided on at once`);
    const entry = { operations: [], before: [], isSingle: rows.length === 1 && rows[0] === page.activeRow };
    for (const row of rows) {
      const [decision, newLabel] = decisionOf(row);
      entry.before.push(columns.heldAt(row));
      const name = typeof newLabel === "number" ? columns.exactNames[newLabel] : newLabel;
      const id = page.log.add({ example_id: columns.id[row], decision, new_label: name, queue: "browse" });
      entry.operations.push({ id, row });
      this.put(row, { decision, newLabel });
    }
    this.done.push(entry);
    this.undone = [];
    page.decided(entry, rows.length);
    if (page.selection.count && !page.selection.has(rows[0])) page.say("Decided on the image that is shown, which is not selected");
    if (entry.isSingle) page.moveBy(1);
  }

  put(row, { decision, newLabel }) {
    const { columns } = this.page;
    columns.hold([columns.id[row], decision, newLabel]);
    this.page.panel.forget(columns.id[row]);
  }

  undo() {
    const entry = this.done.pop();
    if (!entry) return this.page.say("Nothing to undo");
    const { columns, log } = this.page;
    entry.after = entry.operations.map(({ row }) => columns.heldAt(row));
    entry.undoing = entry.operations.map(({ id, row }) => ({ id: this.takeBack(log, id, row), row }));
    entry.operations.forEach(({ row }, at) => this.put(row, entry.before?.[at] ?? { decision: "", newLabel: "" }));
    this.undone.push(entry);
    this.shown(entry, "Undone");
  }

  redo() {
    const entry = this.undone.pop();
    if (!entry) return this.page.say("Nothing to redo");
    entry.undoing.forEach(({ id, row }) => this.takeBack(this.page.log, id, row));
    entry.operations.forEach(({ row }, at) => this.put(row, entry.after[at]));
    // The first operations are in force again; undoing them once more is a new undo of the same ones.
    this.done.push(entry);
    this.shown(entry, "Redone");
  }

  takeBack(log, id, row) {
    return log.add({ example_id: this.page.columns.id[row], decision: "undo", new_label: id, queue: "browse" });
  }

  shown(entry, word) {
    this.page.say(`${word}: ${entry.operations.length === 1 ? "one decision" : `${entry.operations.length} decisions`}`);
    this.page.decided(entry, 0);
    if (entry.operations.length === 1) this.page.goTo(this.page.columns.id[entry.operations[0].row]);
  }
}
