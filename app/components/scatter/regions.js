// Names of regions over the points: each beside its place, where no point lies if there is room, never over another.

const LABEL = { height: 22, room: 6, cell: 6 }; // pixels: of a name, around its text, of the grid that counts points
const FARTHEST = 240; // pixels from its place
const RING = 24, AROUND = 16; // pixels between two rings of places that are tried, and how many on a ring

function drawRegions(context, scatter) {
  context.font = `600 13px ${getComputedStyle(scatter.root).fontFamily}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.lineJoin = "round";
  context.lineWidth = 5;
  context.strokeStyle = scatter.colors["--dd-ground"];
  context.fillStyle = scatter.colors["--dd-text"];
  if (!scatter.isMoving || !scatter.names) scatter.names = placedNames(context, scatter);
  for (const { text, x, y, dx, dy } of scatter.names) { // while moving, a name keeps its way from its place
    const at = [scatter.toX(x) + dx, scatter.toY(y) + dy];
    if (!isWithin(scatter.area, ...at)) continue;
    context.strokeText(text, ...at);
    context.fillText(text, ...at);
  }
}

function isWithin({ left, top, width, height }, x, y) {
  return x >= left && x <= left + width && y >= top && y <= top + height;
}

// The regions in view, each with the way from its place to where its name stands.
function placedNames(context, scatter) {
  const inView = (scatter.header.regions ?? []).filter(({ x, y }) => isWithin(scatter.area, scatter.toX(x), scatter.toY(y)));
  if (!inView.length) return [];
  const covered = coveredCells(scatter), taken = [];
  return inView.map(({ x, y, text }) => {
    const width = context.measureText(text).width + 2 * LABEL.room, from = [scatter.toX(x), scatter.toY(y)];
    const boxes = boxesAround(from, width, scatter.area).filter((box) => !taken.some((other) => meet(box, other)));
    if (!boxes.length) return null;
    const best = leastCovered(boxes, covered);
    taken.push(best);
    return { text, x, y, width, dx: best.left + width / 2 - from[0], dy: best.top + LABEL.height / 2 - from[1] };
  }).filter(Boolean);
}

// Places to try, the nearest first, each moved into the area.
function boxesAround([x, y], width, area) {
  const ways = [[0, 0]];
  for (let far = RING; far <= FARTHEST; far += RING) {
    for (let turn = 0; turn < AROUND; turn++) {
      const angle = (2 * Math.PI * turn) / AROUND;
      ways.push([far * Math.cos(angle), far * Math.sin(angle)]);
    }
  }
  const into = (value, low, high) => Math.max(low, Math.min(value, high));
  return ways.map(([dx, dy]) => ({
    left: into(x + dx - width / 2, area.left, area.left + area.width - width),
    top: into(y + dy - LABEL.height / 2, area.top, area.top + area.height - LABEL.height), width,
  }));
}

function meet(a, b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && Math.abs(a.top - b.top) < LABEL.height;
}

// How many points lie in each cell of a grid over the stage, each as wide as it is drawn.
function coveredCells(scatter) {
  const { area, places, num } = scatter, reach = scatter.pointSize() / 2;
  const columns = Math.ceil((area.left + area.width) / LABEL.cell) + 1, rows = Math.ceil((area.top + area.height) / LABEL.cell) + 1;
  const counts = new Uint32Array(columns * rows);
  for (let i = 0; i < num; i++) {
    const x = scatter.toX(places[2 * i]), y = scatter.toY(places[2 * i + 1]);
    if (!isWithin(area, x, y)) continue;
    for (const py of [y - reach, y + reach]) {
      for (const px of [x - reach, x + reach]) counts[Math.max(0, Math.floor(py / LABEL.cell)) * columns + Math.max(0, Math.floor(px / LABEL.cell))]++;
    }
  }
  return { counts, columns, rows };
}

function leastCovered(boxes, covered) {
  let [best, least] = [boxes[0], Infinity];
  for (const box of boxes) {
    const num = pointsUnder(box, covered);
    if (num < least) [best, least] = [box, num];
    if (!least) break;
  }
  return best;
}

function pointsUnder({ left, top, width }, { counts, columns, rows }) {
  const cell = (value) => Math.max(0, Math.floor(value / LABEL.cell));
  let num = 0;
  for (let row = cell(top); row <= Math.min(rows - 1, cell(top + LABEL.height)); row++) {
    for (let column = cell(left); column <= Math.min(columns - 1, cell(left + width)); column++) num += counts[row * columns + column];
  }
  return num;
}
