// What lies over the points: axes with round numbers, the outline of a selection, rings around points.

const MARGIN = { left: 58, right: 14, top: 14, bottom: 44 };
const BARE = { left: 14, right: 14, top: 14, bottom: 14 }; // of a map, whose axes mean nothing

function roundSteps(low, high, most) {
  const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= raw);
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) ticks.push(n * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  const text = (value) => (Math.abs(value) >= 1e5 ? value.toExponential(1) : value.toFixed(decimals)).replace("-", "\u2212");
  return ticks.map((value) => [value, text(value)]);
}

function drawAxes(context, scatter) {
  const { area, view, colors, header } = scatter;
  context.lineWidth = 1;
  context.strokeStyle = colors["--dd-line"];
  context.fillStyle = colors["--dd-muted"];
  context.font = `12px ${getComputedStyle(scatter.root).fontFamily}`;
  if (!header.hasAxes) return;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const [value, text] of roundSteps(view.x0, view.x1, area.width / 90)) {
    const x = Math.round(scatter.toX(value)) + 0.5;
    line(context, x, area.top, x, area.top + area.height);
    context.fillText(text, x, area.top + area.height + 6);
  }
  context.fillText(header.xTitle, area.left + area.width / 2, area.top + area.height + 24);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const [value, text] of roundSteps(view.y0, view.y1, area.height / 60)) {
    const y = Math.round(scatter.toY(value)) + 0.5;
    line(context, area.left, y, area.left + area.width, y);
    context.fillText(text, area.left - 6, y);
  }
  context.save();
  context.translate(14, area.top + area.height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(header.yTitle, 0, 0);
  context.restore();
}

function drawOutline(context, scatter) {
  const path = scatter.path;
  if (path.length < 2) return;
  context.strokeStyle = scatter.colors["--dd-primary"];
  context.fillStyle = scatter.colors["--dd-primary"];
  context.lineWidth = 1.5;
  context.beginPath();
  path.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash([5, 3]);
  context.stroke();
  context.setLineDash([]);
}

function drawRing(context, scatter, place) {
  if (place === null) return;
  context.strokeStyle = scatter.colors["--dd-text"];
  context.lineWidth = 2;
  context.beginPath();
  context.arc(scatter.toX(scatter.places[2 * place]), scatter.toY(scatter.places[2 * place + 1]), 7, 0, 2 * Math.PI);
  context.stroke();
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
