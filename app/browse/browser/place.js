// Where somebody is: the values of the address, changed by the toolbar and sent up to be written there.

const DEFAULT_SIZE = 96;

function placeOf(values, score) {
  return { size: DEFAULT_SIZE, ...values, score: values.score ?? score };
}

// Planted flips and known truth are told only where somebody asks: they would answer what is being judged.
function showsTruth(place) {
  return place.truth === "yes" || place.flipped !== undefined;
}

// What goes into the address: what differs from the plain page.
function placeValues(place) {
  const values = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
  if (values.size === DEFAULT_SIZE) delete values.size;
  if (values.order === "hardest") delete values.order;
  return values;
}

function withoutFilter(place, name) {
  const changed = { ...place };
  for (const each of name === "range" ? ["low", "high"] : [name]) delete changed[each];
  return changed;
}

function withoutFilters(place) {
  return FILTERS.reduce((left, name) => withoutFilter(left, name), place);
}

// A filter in words, for its chip.
function filterWords(name, place, columns) {
  const yes = place[name] === "yes";
  const words = {
    class: () => `labelled ${columns.className(place.class)}`,
    predicted: () => `looks like ${columns.className(place.predicted)}`,
    split: () => place.split,
    decision: () => ({ none: "not decided", any: "decided" })[place.decision] ?? `decided: ${place.decision}`,
    suspects: () => (yes ? "label looks wrong" : "label looks right"),
    flipped: () => (yes ? "◆ flipped on purpose" : "not flipped"),
    group: () => (place.group === "any" ? "has copies" : `group of copies ${place.group}`),
    outlier: () => `oddest ${Number((100 * (1 - place.outlier)).toPrecision(3))} %`,
    range: () => `${columns.scoreTitles.get(place.score)} ${rangeWords(place)}`,
    ids: () => (Array.isArray(place.ids) ? `${thousands(place.ids.length)} named images` : "images handed over"),
  };
  return words[name]();
}

function rangeWords({ low, high }) {
  if (low === undefined) return `up to ${shortNumber(high)}`;
  return high === undefined ? `from ${shortNumber(low)}` : `${shortNumber(low)} to ${shortNumber(high)}`;
}
