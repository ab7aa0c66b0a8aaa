// Curves over epochs: a line a seed on a canvas, its values in words for a screen reader.

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

// lines: [{seed, epochs, values}]; range: [low, high] of the axis, or undefined to fit the values.
function curveChart(parent, title, lines, range) {
  const holder = built("figure", parent, { className: "curve" });
  built("figcaption", holder, { text: title });
  const canvas = built("canvas", holder);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${title}: ${lines.map(curveWords).join("; ")}`);
  requestAnimationFrame(() => drawCurves(canvas, lines, range));
}

function curveWords({ seed, values }) {
  const known = values.filter((value) => value !== null);
  return `seed ${seed} from ${shortNumber(known[0])} to ${shortNumber(known.at(-1))}`;
}

function drawCurves(canvas, lines, range) {
  const width = canvas.clientWidth, height = canvas.clientHeight, scale = window.devicePixelRatio || 1;
  if (!width) return;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d"), style = getComputedStyle(canvas);
  context.scale(scale, scale);
  const values = lines.flatMap((line) => line.values).filter((value) => value !== null);
  const [low, high] = range ?? [Math.min(0, ...values), Math.max(0, ...values)];
  const epochs = lines.flatMap((line) => line.epochs), first = Math.min(...epochs), last = Math.max(...epochs);
  const box = { left: 30, right: width - 8, top: 8, bottom: height - 16 };
  const x = (epoch) => (last === first ? (box.left + box.right) / 2 : box.left + ((epoch - first) / (last - first)) * (box.right - box.left));
  const y = (value) => box.bottom - ((value - low) / Math.max(1e-9, high - low)) * (box.bottom - box.top);
  drawAxes(context, style, { box, low, high, first, last, y });
  lines.forEach((line, place) => {
    context.setLineDash(DASHES[place % DASHES.length]);
    context.strokeStyle = context.fillStyle = style.getPropertyValue("--dd-primary");
    context.lineWidth = 1.6;
    context.beginPath();
    line.epochs.forEach((epoch, at) => line.values[at] !== null && context.lineTo(x(epoch), y(line.values[at])));
    context.stroke();
    if (line.epochs.length < 8) line.epochs.forEach((epoch, at) => line.values[at] !== null && context.fillRect(x(epoch) - 2, y(line.values[at]) - 2, 4, 4));
  });
}

function drawAxes(context, style, { box, low, high, first, last, y }) {
  context.strokeStyle = style.getPropertyValue("--dd-line");
  context.fillStyle = style.getPropertyValue("--dd-muted");
  context.font = `11px ${style.fontFamily}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of new Set([low, high, low < 0 && high > 0 ? 0 : low])) {
    context.beginPath();
    context.moveTo(box.left, y(value));
    context.lineTo(box.right, y(value));
    context.stroke();
    context.fillText(shortNumber(Number(value.toPrecision(2))), box.left - 4, y(value));
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText(`epoch ${first}`, box.left, box.bottom + 13);
  context.textAlign = "right";
  if (last !== first) context.fillText(String(last), box.right, box.bottom + 13);
}
