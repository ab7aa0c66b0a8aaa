// Small parts of the deck's page: elements, pictures with captions, buttons that name their key.

const SIGNS = { keep: "✓", relabel: "→", new_class: "→", drop: "✕", no_class: "∅", unsure: "?" };
const KINDS = { keep: "keep", relabel: "relabel", new_class: "relabel", drop: "drop", no_class: "drop", unsure: "unsure" };

function make(name, className, parent, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

function makeButton(parent, key, text, onPress, className = "") {
  const button = make("button", `action ${className}`.trim(), parent);
  button.type = "button";
  if (key) make("kbd", "", button, key);
  make("span", "says", button, text);
  button.onclick = onPress;
  return button;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// What an opinion says: a sign and words, never a colour alone.
function opinionWords({ decision, label }) {
  if (decision === "relabel") return label;
  if (decision === "new_class") return `${label} (new class)`;
  return { keep: "label is right", drop: "drop", no_class: "no class", unsure: "unsure" }[decision] ?? decision;
}

function fillBadge(badge, opinion) {
  badge.className = opinion ? `badge ${KINDS[opinion.decision]}` : "badge none";
  setText(badge, opinion ? `${SIGNS[opinion.decision]} ${opinionWords(opinion)}` : "");
}

// A picture with a caption below it.
function makeTile(parent, className = "") {
  const tile = make("figure", `tile ${className}`.trim(), parent);
  tile.canvas = make("canvas", "picture", tile);
  tile.caption = make("figcaption", "", tile);
  return tile;
}

function percentWords(probability) {
  if (probability > 0.99) return "> 99 %";
  return probability < 0.01 ? "< 1 %" : `${Math.round(100 * probability)} %`;
}

// Streamlit dims what is being rerun; here each decision is a rerun, and the card is as good as before.
function staysBright(root) {
  const container = root.getRootNode().host?.closest("[data-testid=stElementContainer]");
  container?.style.setProperty("opacity", "1", "important");
}

function makeLabel(parent, text, isAfter = false) {
  const label = make("label", "", parent);
  if (isAfter) queueMicrotask(() => label.append(text));
  else label.append(`${text} `);
  return label;
}

// Keys typed into other parts of the page are not for the deck, nor those that press or move along a control.
function isElsewhere(target, root, key) {
  if (root.contains(target)) return false;
  if (isTyped(target)) return true;
  const isLetter = key.length === 1 && key !== " ";
  return ["BUTTON", "A"].includes(target.tagName) && !isLetter;
}

function isTyped(target) {
  return Boolean(target?.isContentEditable) || ["INPUT", "TEXTAREA", "SELECT", "IFRAME"].includes(target?.tagName);
}

// What has the focus, also inside of components.
function deepFocus() {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found;
}
