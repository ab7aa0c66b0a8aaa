// Numbers as words, and elements; text reaches the page through textContent and aria alone.

function element(name, className, parent, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

// Text that is the same is left alone: a browser lays out anew what is written to.
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function percent(fraction, digits = 1) {
  return (100 * fraction).toFixed(digits);
}

function signed(fraction) {
  const value = percent(Math.abs(fraction));
  return value === "0.0" ? "0.0" : `${fraction < 0 ? "\u2212" : "+"}${value}`;
}

function grouped(number) {
  return Number(number).toLocaleString("en-US");
}

// A share as a person says it: whole percent from 10 on, a decimal below.
function share(part, whole) {
  const value = whole ? (100 * part) / whole : 0;
  return value > 0 && value < 9.95 ? `${value.toFixed(1)} %` : `${value.toFixed(0)} %`;
}

function seedsWords(seeds) {
  return seeds === undefined ? "" : `${seeds} seed${seeds === 1 ? "" : "s"}`;
}

// A fraction as a field shows it: percent, up to four decimals, none that says nothing.
function fieldPercent(fraction) {
  return String(Number((100 * fraction).toFixed(4)));
}

function plural(number, word) {
  return `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;
}
