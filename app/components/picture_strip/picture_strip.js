// Draws the pictures of one sheet, each on a canvas of its own, with its caption.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".strip-root");
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const sheet = bytes.slice(4 + length, 4 + length + header.blobs[0]);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", header.label);
  root.style.setProperty("--size", `${header.size}px`);
  const figures = header.pictures.map((picture) => figureOf(picture, header));
  root.replaceChildren(...figures);
  paint(sheet, header, figures);
}

function figureOf(picture, header) {
  const figure = document.createElement("figure");
  const place = document.createElement("div");
  const canvas = document.createElement("canvas");
  place.className = "place";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", picture.caption);
  figure.title = picture.caption;
  place.append(canvas);
  figure.append(place);
  if (header.hasCaptions) {
    const caption = document.createElement("figcaption");
    caption.textContent = picture.caption;
    caption.setAttribute("aria-hidden", "true");
    figure.append(caption);
  }
  return figure;
}

async function paint(sheet, header, figures) {
  const picture = await createImageBitmap(new Blob([sheet]));
  header.pictures.forEach(({ place: [left, top, width, height] }, number) => {
    const canvas = figures[number].querySelector("canvas");
    const scale = header.size / Math.max(width, height);
    canvas.width = width;
    canvas.height = height;
    canvas.className = header.isSmall ? "small" : "";
    canvas.style.width = `${Math.round(width * scale)}px`;
    canvas.style.height = `${Math.round(height * scale)}px`;
    canvas.getContext("2d").drawImage(picture, left, top, width, height, 0, 0, width, height);
    canvas.dataset.painted = "true";
  });
  picture.close();
}
