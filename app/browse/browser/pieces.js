// Small pieces of the Browse part: elements, numbers in words, the signs of decisions.
// Text reaches the page through textContent, values and aria labels alone.

const SIGN = { keep: "✓", relabel: "→", new_class: "→", drop: "✕", no_class: "✕", unsure: "?" };
const DECIDED = ["", "keep", "relabel", "new_class", "drop", "no_class", "unsure"]; // by code
const NO_CLASS = 0xffff;

function built(name, parent, { className = "", text, label, ...rest } = {}) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (label !== undefined) element.setAttribute("aria-label", label);
  Object.assign(element, rest);
  parent?.append(element);
  return element;
}

function button(parent, text, onclick, { className = "", label, title } = {}) {
  const element = built("button", parent, { className, text, label, type: "button", onclick });
  if (title) element.title = title;
  return element;
}

function choice(parent, label, options, onchange) {
  const holder = built("label", parent, { className: "choice" });
  built("span", holder, { text: label });
  const select = built("select", holder, { label });
  fillChoice(select, options);
  select.onchange = () => onchange(select.value);
  return select;
}

function check(parent, label, onchange) {
  const holder = built("label", parent, { className: "check" });
  const box = built("input", holder, { type: "checkbox" });
  built("span", holder, { text: label });
  box.onchange = () => onchange(box.checked);
  return box;
}

function fillChoice(select, options) {
  select.replaceChildren(...options.map(([value, text]) => {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = text;
    return option;
  }));
}

function thousands(value) {
  return value.toLocaleString("en-US");
}

function shortNumber(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value !== 0 && (Math.abs(value) >= 10000 || Math.abs(value) < 0.001)) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

function percent(fraction, digits = 1) {
  return Number.isNaN(fraction) || fraction === null || fraction === undefined ? "–" : `${(100 * fraction).toFixed(digits)} %`;
}

// A probability in whole percent, never a certainty.
function likelihood(probability) {
  if (probability === null || Number.isNaN(probability)) return "–";
  if (probability > 0.99) return "> 99 %";
  return probability < 0.01 ? "< 1 %" : `${Math.round(100 * probability)} %`;
}

function isTypingIn(event) {
  const target = event.composedPath()[0];
  return target.isContentEditable || (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) && target.type !== "checkbox");
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

// Draw one thumbnail of a sheet; what is not there yet leaves the canvas empty.
function drawPicture(canvas, picture) {
  canvas.dataset.painted = String(Boolean(picture));
  if (!picture) {
    canvas.width = canvas.height = 1;
    return false;
  }
  const [left, top, width, height] = picture.place;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.classList.toggle("small", picture.sheet.isSmall);
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  context.drawImage(picture.sheet.bitmap, left, top, width, height, 0, 0, width, height);
  return true;
}

function eachBetween(one, other, visit) {
  for (let place = Math.min(one, other); place <= Math.max(one, other); place++) visit(place);
}

// Streamlit pales a part while its script runs; this one goes on working meanwhile.
function stayBright(root) {
  for (let holder = root.getRootNode().host ?? root; holder; holder = holder.parentElement) {
    if (holder.dataset.testid === "stElementContainer") holder.style.setProperty("opacity", "1", "important");
  }
}

// How far the page itself is scrolled, so that the height does not depend on it.
function scrolledBy(root) {
  const main = root.getRootNode().host?.closest("[data-testid=stMain]") ?? document.scrollingElement;
  return main?.scrollTop ?? 0;
}

// Let the browser save bytes as a file.
function saveFile(parent, bytes, { name, mime }) {
  const url = URL.createObjectURL(new Blob([bytes], { type: mime }));
  const link = built("a", parent, { href: url, download: name });
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
