// A matrix of classes: shaded cells that lead somewhere; arrow keys move among them. Text through textContent.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".matrix-root");
  for (const [name, value] of Object.entries(data.colors)) root.style.setProperty(name, value);
  const open = (cell) => leaveBy(() => setTriggerValue("opened", [cell.row, cell.column]));
  draw(root, data, open);
}

function make(name, className, parent, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

function draw(root, data, open) {
  const frame = make("div", "frame");
  make("div", "side", frame, data.rowTitle);
  const table = make("table", data.names.length > 14 ? "many" : "", make("div", "scroll", frame));
  make("div", "foot", frame, data.columnTitle);
  const said = make("p", "said");
  said.setAttribute("role", "status");
  const longest = Math.max(...data.names.map((name) => name.length));
  table.style.setProperty("--name-width", `${Math.min(140, 16 + 7 * longest)}px`);
  const cells = new Map(data.cells.map((cell) => [`${cell.row},${cell.column}`, cell]));
  heading(table, data.names);
  const body = make("tbody", "", table);
  data.names.forEach((name, row) => {
    const line = make("tr", "", body);
    titled(make("th", "", line), name).scope = "row";
    data.names.forEach((_, column) => {
      const place = make("td", row === column ? "same" : "", line, row === column ? "·" : undefined);
      const cell = cells.get(`${row},${column}`);
      if (cell) link(place, cell, open, said);
    });
  });
  const first = table.querySelector("a");
  if (first) first.tabIndex = 0;
  table.onkeydown = (event) => walk(event, table);
  root.replaceChildren(frame, said);
}

function heading(table, names) {
  const line = make("tr", "", make("thead", "", table));
  make("th", "", line).style.width = "var(--name-width)";
  for (const name of names) titled(make("th", "", line), name).scope = "col";
}

function titled(place, name) {
  place.textContent = place.title = name;
  return place;
}

function link(place, cell, open, said) {
  const anchor = make("a", "", place, cell.value >= 0.5 ? Math.round(cell.value).toLocaleString("en") : "");
  anchor.href = cell.href;
  anchor.tabIndex = -1;
  anchor.title = cell.words;
  anchor.setAttribute("aria-label", cell.words);
  anchor.style.background = `color-mix(in srgb, var(--dd-relabel) ${Math.round(100 * cell.strength)}%, var(--dd-panel))`;
  anchor.style.color = cell.ink;
  anchor.onmouseenter = anchor.onfocus = () => { said.textContent = cell.words; };
  anchor.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // another tab, as with any link
    event.preventDefault();
    open(cell);
  };
}

function walk(event, table) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const from = event.target.closest?.("td");
  if (!step || !from) return;
  event.preventDefault();
  event.stopPropagation();
  let [row, column] = [from.parentElement.rowIndex, from.cellIndex];
  for (;;) {
    row += step[0];
    column += step[1];
    const cell = table.rows[row]?.cells[column];
    if (!cell) return;
    const found = cell.querySelector("a");
    if (!found) continue;
    event.target.tabIndex = -1;
    found.tabIndex = 0;
    found.focus();
    return;
  }
}
