// Thumbnails by example, drawn from sheets that stay here whatever the order: a sheet is dropped when the
// pictures take too much room, the least recently used first.

const MOST_PIXELS = 24_000_000; // of all sheets, about 96 MB decoded
const PER_SHEET = 60;

class Pictures {
  constructor(onDecoded) {
    this.byId = new Map(); // example -> {sheet, place}
    this.decoding = new Set(); // examples whose sheet is there, but no picture yet
    this.sheets = new Set(); // least recently used first
    this.numPixels = 0;
    this.onDecoded = onDecoded;
  }

  close() {
    this.sheets.forEach((sheet) => sheet.bitmap.close());
    this.sheets.clear();
    this.byId.clear();
    this.isClosed = true;
  }

  get(exampleId) {
    return this.byId.get(exampleId);
  }

  async add(part, bytes) {
    part.ids.forEach((id) => this.decoding.add(id));
    const bitmap = await createImageBitmap(new Blob([bytes])); // not on the page's own thread
    part.ids.forEach((id) => this.decoding.delete(id));
    if (this.isClosed) return bitmap.close();
    const sheet = { bitmap, isSmall: part.isSmall, ids: part.ids, pixels: bitmap.width * bitmap.height };
    part.ids.forEach((id, at) => this.byId.set(id, { sheet, place: part.places[at] }));
    this.sheets.add(sheet);
    this.numPixels += sheet.pixels;
    this.prune();
    this.onDecoded();
  }

  // Say that a picture is in view; its sheet is then dropped last.
  touch(exampleId) {
    const sheet = this.byId.get(exampleId)?.sheet;
    if (!sheet) return;
    this.sheets.delete(sheet);
    this.sheets.add(sheet);
  }

  prune() {
    for (const sheet of this.sheets) {
      if (this.numPixels <= MOST_PIXELS || this.sheets.size < 4) return;
      this.sheets.delete(sheet);
      this.numPixels -= sheet.pixels;
      sheet.ids.forEach((id) => this.byId.get(id)?.sheet === sheet && this.byId.delete(id));
      sheet.bitmap.close();
    }
  }

  lacks(exampleIds) {
    return exampleIds.some((id) => !this.byId.has(id) && !this.decoding.has(id));
  }

  // The sheets to ask for so that these examples can be drawn.
  missing(exampleIds, mostSheets) {
    const wanted = [];
    for (const id of exampleIds) {
      if (!this.byId.has(id) && !this.decoding.has(id)) wanted.push(id);
      if (wanted.length >= mostSheets * PER_SHEET) break;
    }
    const sheets = [];
    for (let at = 0; at < wanted.length; at += PER_SHEET) sheets.push(wanted.slice(at, at + PER_SHEET));
    return sheets;
  }
}
