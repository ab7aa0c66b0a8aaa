// The histogram of the score as a filter: drag to choose a range, drag its ends, double-click to clear.

const HISTOGRAM_HEIGHT = 52; // pixels of the bars
const SNAP = 6; // pixels: a drag that comes this near to an end means the end

class Histogram {
  constructor(parent, page) {
    this.page = page;
    this.root = built("div", parent, { className: "histogram" });
    this.canvas = built("canvas", this.root);
    this.canvas.setAttribute("aria-hidden", "true");
    this.band = built("div", this.root, { className: "band" });
    this.ends = ["low", "high"].map((name) => this.newEnd(name));
    this.lacking = built("p", this.root, { className: "lacking" });
    this.lacking.setAttribute("role", "status");
    this.axis = built("div", this.root, { className: "axis" });
    this.least = built("span", this.axis);
    this.title = built("span", this.axis);
    this.most = built("span", this.axis);
    this.root.onpointerdown = (event) => this.begin(event);
    this.root.onpointermove = (event) => this.drag(event);
    this.root.onpointerup = () => this.end();
    this.root.onpointercancel = () => this.end();
    this.root.ondblclick = () => page.change({ low: undefined, high: undefined });
  }

  newEnd(name) {
    const end = built("div", this.root, { className: "end", tabIndex: 0, label: `Score ${name === "low" ? "from" : "up to"}` });
    end.setAttribute("role", "slider");
    end.onkeydown = (event) => this.key(event, name);
    return end;
  }

  get score() {
    return this.page.columns.scores.get(this.page.place.score);
  }

  show(spread) {
    Object.assign(this, { counts: spread.counts, spread });
    this.draw();
  }

  draw() {
    if (!this.counts || !this.score) return;
    const width = this.root.clientWidth, scale = window.devicePixelRatio || 1;
    if (!width) return;
    this.canvas.width = width * scale;
    this.canvas.height = HISTOGRAM_HEIGHT * scale;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    const style = getComputedStyle(this.root);
    const most = Math.max(1, ...this.counts), bar = width / NUM_BINS;
    const [from, to] = this.shares();
    this.counts.forEach((count, bin) => {
      const middle = (bin + 0.5) / NUM_BINS;
      const height = count ? Math.max(1.5, (HISTOGRAM_HEIGHT - 4) * Math.sqrt(count / most)) : 0;
      context.fillStyle = style.getPropertyValue(middle >= from && middle <= to ? "--dd-primary" : "--dd-line");
      context.fillRect(bin * bar + 0.5, HISTOGRAM_HEIGHT - height, Math.max(1, bar - 1), height);
    });
    this.drawBand(from, to, width);
    this.least.textContent = shortNumber(this.score.low);
    this.most.textContent = shortNumber(this.score.high);
    const chosen = this.hasRange() ? `: ${rangeWords(this.page.place)}` : "";
    this.drawTitle(this.page.columns.scoreTitles.get(this.page.place.score), chosen);
  }

  // Beside the score's name how many lack it; in place of the bars where all do, as their order then means nothing.
  drawTitle(score, chosen) {
    const { num, numLacking, isOfTraining } = this.spread;
    const why = isOfTraining ? ": it is a score of training images" : "";
    const isNone = num > 0 && numLacking === num;
    this.lacking.textContent = isNone ? `${num === 1 ? "This image has" : `These ${thousands(num)} images have`} no ${score}${why}` : "";
    const some = numLacking && !isNone ? ` · ${thousands(numLacking)} of ${thousands(num)} lack it${why}` : "";
    this.title.textContent = `${score}${chosen}${some} · bar height: square root of images`;
    this.title.title = this.title.textContent; // cut where it is narrow
  }

  drawBand(from, to, width) {
    const place = this.page.place;
    this.band.style.left = `${from * width}px`;
    this.band.style.width = `${Math.max(0, to - from) * width}px`;
    this.root.classList.toggle("ranged", this.hasRange());
    this.ends.forEach((end, at) => {
      end.style.left = `${[from, to][at] * width}px`;
      end.setAttribute("aria-valuemin", this.score.low);
      end.setAttribute("aria-valuemax", this.score.high);
      const value = at ? place.high ?? this.score.high : place.low ?? this.score.low;
      end.setAttribute("aria-valuenow", value);
      end.setAttribute("aria-valuetext", shortNumber(value));
    });
  }

  hasRange() {
    return this.page.place.low !== undefined || this.page.place.high !== undefined;
  }

  shares() {
    const { low, high } = this.score, extent = Math.max(1e-30, high - low);
    return [clamp(((this.page.place.low ?? low) - low) / extent, 0, 1), clamp(((this.page.place.high ?? high) - low) / extent, 0, 1)];
  }

  // Dragging -----------------------------------------------------------------------------------
  shareAt(event) {
    const box = this.root.getBoundingClientRect();
    const share = clamp((event.clientX - box.left) / box.width, 0, 1), snap = SNAP / box.width;
    return share < snap ? 0 : share > 1 - snap ? 1 : share;
  }

  begin(event) {
    if (event.button !== 0 || !this.score) return;
    const share = this.shareAt(event), [from, to] = this.shares();
    const near = 8 / this.root.clientWidth;
    this.anchor = share;
    if (this.hasRange() && Math.abs(share - from) < near) this.anchor = to;
    else if (this.hasRange() && Math.abs(share - to) < near) this.anchor = from;
    this.isDragging = true;
    this.root.setPointerCapture(event.pointerId);
  }

  drag(event) {
    if (!this.isDragging) return;
    const share = this.shareAt(event);
    if (Math.abs(share - this.anchor) * this.root.clientWidth < 3) return;
    this.choose(Math.min(share, this.anchor), Math.max(share, this.anchor));
  }

  end() {
    this.isDragging = false;
  }

  choose(from, to) {
    const { low, high } = this.score, valueAt = (share) => Number((low + share * (high - low)).toPrecision(6));
    this.page.change({ low: from <= 0 ? undefined : valueAt(from), high: to >= 1 ? undefined : valueAt(to) });
  }

  key(event, name) {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!step && event.key !== "Delete") return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) return this.page.change({ low: undefined, high: undefined });
    const [from, to] = this.shares();
    if (name === "low") this.choose(clamp(from + step / NUM_BINS, 0, to), to);
    else this.choose(from, clamp(to + step / NUM_BINS, from, 1));
  }
}
