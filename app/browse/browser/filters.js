// Filters over columns: each is a test of a row; they hold together.

const FILTERS = ["class", "predicted", "split", "decision", "suspects", "flipped", "group", "outlier", "range", "ids"];
const NUM_BINS = 80;

// The tests of the filters that a place has set: name -> function of a row.
function testsOf(place, columns, handed) {
  const tests = new Map();
  if (place.class !== undefined) tests.set("class", (row) => columns.label[row] === place.class);
  if (place.predicted !== undefined) tests.set("predicted", (row) => columns.suggested[row] === place.predicted);
  if (place.split !== undefined) {
    const code = columns.splits.indexOf(place.split);
    tests.set("split", (row) => columns.split[row] === code);
  }
  if (place.decision !== undefined) tests.set("decision", decisionTest(place.decision, columns));
  if (place.suspects !== undefined) tests.set("suspects", bitTest(columns.flags, 2, place.suspects === "yes"));
  if (place.flipped !== undefined) tests.set("flipped", bitTest(columns.flags, 1, place.flipped === "yes"));
  if (place.group === "any") tests.set("group", (row) => columns.group[row] >= 0);
  else if (place.group !== undefined) tests.set("group", (row) => columns.group[row] === place.group);
  if (place.outlier !== undefined) tests.set("outlier", (row) => columns.outlier[row] >= place.outlier);
  if (place.low !== undefined || place.high !== undefined) tests.set("range", rangeTest(place, columns));
  if (place.ids !== undefined) {
    const named = new Set(Array.isArray(place.ids) ? place.ids : handed.get(place.ids) ?? []);
    tests.set("ids", (row) => named.has(columns.id[row]));
  }
  return tests;
}

function bitTest(flags, bit, isSet) {
  return (row) => Boolean(flags[row] & bit) === isSet;
}

function decisionTest(wanted, columns) {
  if (wanted === "none") return (row) => columns.decision[row] === 0;
  if (wanted === "any") return (row) => columns.decision[row] !== 0;
  if (wanted === "disputed") return (row) => columns.disputed.has(row);
  const alike = { relabel: ["relabel", "new_class"], drop: ["drop", "no_class"] }[wanted] ?? [wanted];
  const codes = alike.map((each) => DECIDED.indexOf(each));
  return (row) => codes.includes(columns.decision[row]);
}

// A range is typed and drawn with few digits, so its ends reach half a step of the last one further.
function rangeTest(place, columns) {
  const { values, low: least, high: most } = columns.scores.get(place.score);
  const slack = 1e-6 * Math.max(1e-12, most - least);
  const low = (place.low ?? -Infinity) - slack, high = (place.high ?? Infinity) + slack;
  return (row) => values[row] >= low && values[row] <= high;
}

function matchesAll(tests, num) {
  const mask = new Uint8Array(num);
  const all = [...tests.values()];
  const [first, second, third] = all;
  for (let row = 0; row < num; row++) {
    if (first && !first(row)) continue;
    if (second && !second(row)) continue;
    if (third && !third(row)) continue;
    let passes = true;
    for (let place = 3; passes && place < all.length; place++) passes = all[place](row);
    if (passes) mask[row] = 1;
  }
  return mask;
}

function countOf(mask) {
  let count = 0;
  for (let row = 0; row < mask.length; row++) count += mask[row];
  return count;
}

// The rows that match, in order, and what is known of the score of those that match all but the range.
function lookUp(place, columns, handed) {
  const tests = testsOf(place, columns, handed);
  const mask = matchesAll(tests, columns.num);
  const order = columns.order(place.score, place.order === "easiest");
  const rows = new Uint32Array(countOf(mask));
  let filled = 0;
  for (let at = 0; at < order.length; at++) if (mask[order[at]]) rows[filled++] = order[at];
  const beside = new Map([...tests].filter(([name]) => name !== "range"));
  const spread = histogram(columns.scores.get(place.score), tests.has("range") ? matchesAll(beside, columns.num) : mask, columns);
  return { rows, spread, tests };
}

// How many rows of a mask lie in each bin, how many there are, how many lack the score and whether none of those is a training image.
function histogram({ values, low, high }, mask, { split, splits }) {
  const counts = new Uint32Array(NUM_BINS), train = splits.indexOf("train");
  let num = 0, numLacking = 0, numTrained = 0;
  const scale = NUM_BINS / Math.max(1e-30, high - low);
  for (let row = 0; row < values.length; row++) {
    if (!mask[row]) continue;
    num++;
    if (Number.isNaN(values[row])) {
      numLacking++;
      if (split[row] === train) numTrained++;
    } else counts[Math.min(NUM_BINS - 1, Math.floor((values[row] - low) * scale))]++;
  }
  return { counts, num, numLacking, isOfTraining: !numTrained };
}

// For an empty result: how many would match without each of the filters, most first.
function withoutEach(tests, num) {
  const left = [...tests.keys()].map((name) => {
    const others = new Map([...tests].filter(([each]) => each !== name));
    return [name, countOf(matchesAll(others, num))];
  });
  return left.sort((a, b) => b[1] - a[1]);
}
