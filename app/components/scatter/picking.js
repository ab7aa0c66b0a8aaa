// Which points lie inside an outline, which is nearest, and the choice as text for the server.

function insideOutline(path, x, y) { // even-odd rule
  let is = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [xi, yi] = path[i], [xj, yj] = path[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) is = !is;
  }
  return is;
}

function pickInside(scatter, path, mask) {
  const xs = path.map((each) => each[0]), ys = path.map((each) => each[1]);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const { places } = scatter;
  for (let i = 0; i < mask.length; i++) {
    const x = scatter.toX(places[2 * i]), y = scatter.toY(places[2 * i + 1]);
    if (x >= left && x <= right && y >= top && y <= bottom && insideOutline(path, x, y)) mask[i] = 1;
  }
}

function nearestPoint(scatter, x, y, within) {
  let best = within * within, found = null;
  const { places } = scatter;
  for (let i = 0; i < scatter.num; i++) {
    const dx = scatter.toX(places[2 * i]) - x, dy = scatter.toY(places[2 * i + 1]) - y;
    const distance = dx * dx + dy * dy;
    if (distance <= best) [best, found] = [distance, i];
  }
  return found;
}

function fromTheMiddle(scatter) { // the points in view, the nearest to its middle first
  const { view, places } = scatter, found = [];
  const [x, y] = [(view.x0 + view.x1) / 2, (view.y0 + view.y1) / 2];
  for (let i = 0; i < scatter.num; i++) {
    const [dx, dy] = [(places[2 * i] - x) / (view.x1 - view.x0), (places[2 * i + 1] - y) / (view.y1 - view.y0)];
    if (Math.abs(dx) <= 0.5 && Math.abs(dy) <= 0.5) found.push([dx * dx + dy * dy, i]);
  }
  return found.sort(([a], [b]) => a - b).map(([, place]) => place);
}

function bitMask(mask) { // eight points a byte, lowest bit first, as base64
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  mask.forEach((each, i) => { if (each) bytes[i >> 3] |= 1 << (i & 7); });
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}

function unpackMask(text, mask) { // the reverse of bitMask; an empty text picks none
  const bytes = atob(text);
  for (let i = 0; i < mask.length; i++) mask[i] = text ? (bytes.charCodeAt(i >> 3) >> (i & 7)) & 1 : 0;
}

function thinned(path, x, y) { // a point of the outline every few pixels is enough
  const last = path[path.length - 1];
  if (!last || Math.hypot(last[0] - x, last[1] - y) >= 3) path.push([x, y]);
}
