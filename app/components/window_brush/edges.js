// Images on both sides of both edges, drawn from one sheet; the nearest to an edge stand beside it.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".edges-root");
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const sheet = bytes.slice(4 + length);
  Object.entries(header.colors).forEach(([name, value]) => root.style.setProperty(name, value));
  root.style.setProperty("--size", `${header.size}px`);
  paint(root, header, sheet);
}

async function paint(root, header, sheet) {
  root.turn = header.turn;
  const picture = await createImageBitmap(new Blob([sheet]));
  if (root.turn === header.turn) {
    root.replaceChildren(...header.groups.map((group) => groupOf(group, header, picture)));
    root.dataset.turn = header.turn;
  }
  picture.close();
}

function added(name, className, parent, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

function groupOf(group, header, picture) {
  const section = added("section", group.isInside ? "group in" : "group out");
  added("h4", "", section, group.title);
  const list = added("div", "pictures", section);
  if (!group.pictures.length) added("p", "empty", list, group.empty);
  group.pictures.forEach((each) => list.append(pictureOf(each, header, picture)));
  return section;
}

function pictureOf(each, header, picture) {
  const link = added("a", "picture");
  const words = `${each.caption}${each.sign === "◆" ? ", flipped on purpose" : each.sign ? ", looks wrong" : ""}`;
  link.href = each.link;
  link.target = "_blank";
  link.rel = "noopener";
  link.title = words;
  link.setAttribute("aria-label", words);
  const canvas = added("canvas", header.isSmall ? "small" : "", link);
  const [left, top, width, height] = each.place;
  canvas.width = width;
  canvas.height = height;
  const scale = header.size / Math.max(width, height);
  canvas.style.width = `${Math.round(width * scale)}px`;
  canvas.style.height = `${Math.round(height * scale)}px`;
  canvas.getContext("2d").drawImage(picture, left, top, width, height, 0, 0, width, height);
  if (each.sign) added("span", `sign ${each.sign === "◆" ? "planted" : "suspect"}`, link, each.sign);
  return link;
}
