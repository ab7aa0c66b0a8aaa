// Original pictures: asked for once a card stands, for it and the one after it; the last ones are kept.

const ORIGINALS_KEPT = 8;
const ORIGINALS_ASKED = 2; // in a message
const STANDS_AFTER_MS = 140; // a card that is passed over faster than that asks for nothing
const LARGEST_DRAWN = 960; // pixels, longer side as it is kept to be drawn

class Originals {
  constructor() {
    this.known = new Map(); // example_id -> {bitmap, width, height, reason}; the most recently used last
  }

  get(id) {
    const found = this.known.get(id);
    if (found) {
      this.known.delete(id);
      this.known.set(id, found);
    }
    return found;
  }

  has(id) {
    return this.known.has(id);
  }

  // Keeps what came; the promise ends when it can be drawn.
  async keep({ id, width, height, reason }, bytes) {
    if (this.isClosed || this.known.has(id)) return;
    const found = { width, height, reason, bitmap: undefined };
    if (bytes) {
      const whole = await createImageBitmap(new Blob([bytes]));
      found.bitmap = await reduced(whole);
    }
    if (this.isClosed || this.known.has(id)) return found.bitmap?.close();
    this.known.set(id, found);
    while (this.known.size > ORIGINALS_KEPT) this.drop(this.known.keys().next().value);
  }

  drop(id) {
    this.known.get(id)?.bitmap?.close();
    this.known.delete(id);
  }

  // Draws an original over what was prepared; says whether there is one.
  draw(canvas, id) {
    const bitmap = this.get(id)?.bitmap;
    canvas.dataset.shown = bitmap ? "original" : "prepared";
    if (!bitmap) return false;
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.classList.toggle("small", false);
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    canvas.dataset.example = String(id);
    return true;
  }

  // What is to be said of it beside the other facts, and what has to be said by itself.
  words(id) {
    const found = this.known.get(id);
    if (!found) return { fact: "", missing: "" };
    if (found.reason) return { fact: "", missing: `This is the prepared picture. ${found.reason}` };
    return { fact: `original ${found.width}\u00a0×\u00a0${found.height}`, missing: "" };
  }

  close() {
    this.isClosed = true;
    [...this.known.keys()].forEach((id) => this.drop(id));
  }
}

async function reduced(bitmap) {
  const share = LARGEST_DRAWN / Math.max(bitmap.width, bitmap.height);
  if (share >= 1) return bitmap;
  const [resizeWidth, resizeHeight] = [bitmap.width, bitmap.height].map((each) => Math.max(1, Math.round(each * share)));
  const smaller = await createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: "high" });
  bitmap.close();
  return smaller;
}
