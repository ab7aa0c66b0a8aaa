// Pictures of the deck: sheets decoded once, drawn from many times; the least recently used go.

class Pictures {
  constructor() {
    this.sheets = new Map(); // key -> {bitmap, ids}
    this.places = { large: new Map(), small: new Map() }; // example_id -> {sheet, place, isSmall}
  }

  // Decodes a sheet; the promise ends when its pictures can be drawn.
  async keep(key, described, bytes) {
    if (!described || this.sheets.has(key)) return;
    const kept = { key, described };
    this.sheets.set(key, kept);
    const bitmap = await createImageBitmap(new Blob([bytes]));
    if (this.sheets.get(key) !== kept) return bitmap.close();
    kept.bitmap = bitmap;
    const places = this.places[key.split("/")[0]];
    described.pictures.forEach(([id, ...place]) => places.set(id, { kept, place, isSmall: described.isSmall }));
  }

  drop(key) {
    const kept = this.sheets.get(key);
    if (!kept) return;
    this.sheets.delete(key);
    kept.bitmap?.close();
    const places = this.places[key.split("/")[0]];
    kept.described.pictures.forEach(([id]) => places.get(id)?.kept === kept && places.delete(id));
  }

  has(id) {
    return this.places.large.has(id);
  }

  // The longer side of the picture that came with a card; 0 where none came.
  longerSide(id) {
    const [, , width, height] = this.places.large.get(id)?.place ?? [0, 0, 0, 0];
    return Math.max(width, height);
  }

  // Draws an example onto a canvas, from the size that is meant, else from the other; says whether it could.
  draw(canvas, id, size) {
    const found = this.places[size].get(id) ?? this.places[size === "large" ? "small" : "large"].get(id);
    if (!found) {
      canvas.width = canvas.height = 1;
      canvas.dataset.example = "";
      return false;
    }
    const [left, top, width, height] = found.place;
    canvas.width = width;
    canvas.height = height;
    canvas.classList.toggle("small", found.isSmall);
    canvas.getContext("2d").drawImage(found.kept.bitmap, left, top, width, height, 0, 0, width, height);
    canvas.dataset.example = String(id);
    return true;
  }

  close() {
    [...this.sheets.keys()].forEach((key) => this.drop(key));
  }
}
