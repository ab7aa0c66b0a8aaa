// Beside the points: what their colours mean, and the picture of the one that is pointed at.

const SYMBOLS = {
  circle: "M7 1.5a5.5 5.5 0 1 0 .01 0z",
  square: "M2 2h10v10H2z",
  triangle: "M7 1.5L13 12H1z",
  diamond: "M7 0.5L13.5 7L7 13.5L.5 7z",
  cross: "M5 1h4v4h4v4H9v4H5V9H1V5h4z",
};

function piece(name, className, parent, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

function showLegend(place, header) {
  place.replaceChildren();
  piece("div", "head", place, header.legendTitle);
  if (header.gradient) {
    const scale = piece("div", "scale", place);
    scale.style.background = `linear-gradient(to right, ${header.gradient.colors.join(",")})`;
    const ends = piece("div", "ends", place);
    piece("span", "", ends, header.gradient.low);
    piece("span", "", ends, header.gradient.high);
  }
  for (const each of header.legend) {
    const entry = piece("div", "entry", place);
    entry.append(symbol(each.shape, each.color));
    piece("span", "", entry, each.label);
    piece("span", "num", entry, each.num.toLocaleString("en"));
  }
}

function symbol(shape, color) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 14 14");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SYMBOLS[shape]);
  path.setAttribute("fill", color);
  svg.append(path);
  return svg;
}

async function showCard(place, card, bytes) {
  if (!card) {
    place.replaceChildren(piece("p", "empty", null, "Point at an image to see it. Drag around several to pick them."));
    return;
  }
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const canvas = piece("canvas", card.isSmall ? "small" : "", null);
  const [left, top, width, height] = card.place;
  [canvas.width, canvas.height] = [width, height];
  canvas.style.width = `${card.isSmall ? 160 : Math.min(192, width)}px`;
  canvas.getContext("2d").drawImage(bitmap, left, top, width, height, 0, 0, width, height);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", card.caption);
  const headline = piece("p", "headline", null, card.caption);
  const list = piece("dl", "", null);
  for (const [word, value] of card.details) {
    piece("dt", "", list, word);
    piece("dd", "", list, value);
  }
  place.replaceChildren(canvas, headline, list);
}
