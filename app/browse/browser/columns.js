// The run's columns in the browser: typed arrays by row, scores, and the order that each score gives.

const ARRAYS = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array, float32: Float32Array };

function typed(bytes, kind) {
  const Kind = ARRAYS[kind];
  return new Kind(bytes.slice().buffer); // a copy begins where it must for its kind
}

class Columns {
  constructor(part, blobs) {
    Object.assign(this, part);
    this.num = part.numRows;
    part.columns.forEach(([name, kind], place) => (this[name] = typed(blobs[place], kind)));
    this.id ??= Uint32Array.from({ length: this.num }, (_, row) => row); // left out where it counts up from 0
    this.scoreTitles = new Map(part.scores);
    this.scores = new Map(); // name -> {values, percentile, low, high}
    this.orders = new Map(); // name and direction -> rows
    this.decision = new Uint8Array(this.num); // place in DECIDED
    this.newLabel = new Map(); // row -> class index, or the name of a new class
    this.disputed = new Set();
    part.held.forEach((each) => this.hold(each));
  }

  // A row of decisions as Python sends it: example, decision, class, disputed; the example alone for none.
  hold([exampleId, decision = "", newLabel = "", isDisputed = false]) {
    const row = this.rowOf(exampleId);
    if (row < 0) return;
    this.decision[row] = Math.max(0, DECIDED.indexOf(decision));
    if (newLabel === "") this.newLabel.delete(row);
    else this.newLabel.set(row, newLabel);
    if (isDisputed) this.disputed.add(row);
    else this.disputed.delete(row);
  }

  heldAt(row) {
    return { decision: DECIDED[this.decision[row]], newLabel: this.newLabel.get(row) ?? "" };
  }

  rowOf(exampleId) {
    let low = 0, high = this.num - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.id[middle] === exampleId) return middle;
      if (this.id[middle] < exampleId) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  className(index) {
    return index === NO_CLASS || index === null || index === undefined ? "" : this.classNames[index] ?? "";
  }

  newClassName(row) {
    const found = this.newLabel.get(row);
    return typeof found === "number" ? this.className(found) : found ?? "";
  }

  addScore(name, [values, percentile]) {
    const score = { values: typed(values, "float32"), percentile: typed(percentile, "float32"), low: Infinity, high: -Infinity };
    for (const value of score.values) {
      if (value < score.low) score.low = value;
      if (value > score.high) score.high = value;
    }
    this.scores.set(name, score);
  }

  // Rows from the hardest to the easiest, or the other way; equal ones and those without a value in row order.
  order(name, isEasiest) {
    const key = `${name}/${isEasiest}`;
    if (!this.orders.has(key)) this.orders.set(key, sortedRows(this.scores.get(name).percentile, isEasiest));
    return this.orders.get(key);
  }
}

// Two counting passes over the bits of numbers in [0, 1], which rise with the number; no value comes last.
function sortedRows(values, isRising) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const keys = new Uint32Array(values.length);
  for (let row = 0; row < keys.length; row++) {
    keys[row] = Number.isNaN(values[row]) ? 0xffffffff : isRising ? bits[row] : 0x7fffffff - bits[row];
  }
  const rows = Uint32Array.from(keys.keys());
  return counted(keys, counted(keys, rows, 0), 16);
}

function counted(keys, rows, shift) {
  const starts = new Uint32Array(65537);
  for (const row of rows) starts[((keys[row] >>> shift) & 0xffff) + 1]++;
  for (let digit = 1; digit < starts.length; digit++) starts[digit] += starts[digit - 1];
  const sorted = new Uint32Array(rows.length);
  for (const row of rows) sorted[starts[(keys[row] >>> shift) & 0xffff]++] = row;
  return sorted;
}
