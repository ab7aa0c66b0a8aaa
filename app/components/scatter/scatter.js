// A cloud of points: pan, zoom, point at one, pick many by lasso, box or the view; text through textContent alone.

const HOVER_MS = 70; // the pointer rests this long before a picture is asked for
const NEAR = 12; // pixels at which a point counts as pointed at
const TOOLS = [["lasso", "Lasso", "l"], ["box", "Box", "b"], ["move", "Move", "m"]];
const ACTIONS = [["+", "Zoom in"], ["−", "Zoom out"], ["Fit", "See all"]];
const [SLOW_MS, FAST_MS] = [45, 24]; // between two steps of a movement
const FEWEST_MOVING = 6000; // points that are drawn while moving, at least
const REST_MS = 140; // after the last step of a movement
const [LEAST_HEIGHT, MOST_HEIGHT, BELOW] = [280, 820, 84]; // pixels: of the points, and of what stands below
const NAME_ROOM = 32; // pixels: for the name of a region
const NARROW = 640; // pixels: below, the panel stands under the points

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".scatter-root");
  root.scatter ??= new Scatter(root);
  root.scatter.send = whileHere(root, setStateValue);
  root.scatter.receive(data);
  return whenGone(root, () => {
    root.scatter?.close();
    root.scatter = undefined;
  });
}

function readMessage(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let start = 4 + length;
  const blobs = header.blobs.map((size) => bytes.slice(start, (start += size)));
  return { header, blobs };
}

class Scatter {
  constructor(root) {
    Object.assign(this, { root, num: 0, turn: 0, header: {}, path: [], hover: null, tool: "lasso", places: new Float32Array(0) });
    const main = piece("div", "main", root), bar = piece("div", "bar", main);
    this.status = piece("p", "status", bar);
    this.status.setAttribute("role", "status");
    this.stage = piece("div", "stage", main);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.under = piece("canvas", "", this.stage);
    this.canvas = piece("canvas", "points", this.stage);
    this.over = piece("canvas", "", this.stage);
    this.addTools(piece("div", "tools", bar));
    const side = piece("div", "side", root);
    this.legend = piece("div", "legend", side);
    this.card = piece("div", "card", side);
    this.points = new Points(this.canvas);
    this.points.onrestored = () => this.reload();
    this.listen();
    showCard(this.card, null);
  }

  addTools(bar) {
    this.buttons = TOOLS.map(([name, text, key]) => {
      const button = piece("button", "", bar, text);
      button.title = `${text} (${key})`;
      button.onclick = () => this.choose(name);
      return button;
    });
    for (const [text, title] of ACTIONS) {
      const button = piece("button", "", bar, text);
      button.setAttribute("aria-label", title);
      button.title = title;
      button.onclick = () => (text === "Fit" ? this.fit() : this.zoom(text === "+" ? 1.5 : 1 / 1.5));
    }
    this.choose("lasso");
  }

  choose(tool) {
    this.tool = this.stage.dataset.tool = tool;
    TOOLS.forEach(([name], i) => this.buttons[i].setAttribute("aria-pressed", String(name === tool)));
  }

  listen() {
    this.stage.onpointerdown = (event) => this.press(event);
    this.stage.onpointermove = (event) => this.move(event);
    this.stage.onpointerup = (event) => this.release(event);
    this.stage.onpointercancel = () => this.stop();
    this.stage.onpointerleave = () => this.point(null);
    this.stage.onkeydown = (event) => this.onKey(event);
    this.onwheel = (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.0016), ...this.at(event));
    };
    this.stage.addEventListener("wheel", this.onwheel, { passive: false });
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.root);
    const page = this.root.getRootNode().host?.closest("[data-testid=stMainBlockContainer]"); // what is above may grow
    if (page) this.observer.observe(page);
    this.onresize = () => this.layout();
    window.addEventListener("resize", this.onresize);
  }

  receive(data) {
    const { header, blobs } = readMessage(data);
    const isNewPlace = header.placeVersion !== this.header.placeVersion;
    this.header = header;
    this.colors = header.colors;
    for (const [name, value] of Object.entries(header.colors)) this.root.style.setProperty(name, value);
    this.stage.setAttribute("aria-label", header.label);
    this.fitHeight();
    if (header.hasPoints) this.load(blobs, isNewPlace);
    else if (header.version !== this.version) this.ask(); // a new page, or points that were never here
    showLegend(this.legend, header);
    const picture = blobs[blobs.length - 1];
    if (header.card?.exampleId === this.ids?.[this.hover]) showCard(this.card, header.card, picture);
    this.layout();
  }

  load([ids, places, codes], isNewPlace) {
    this.version = this.header.version;
    this.ids = new Int32Array(ids.buffer, ids.byteOffset, this.header.num);
    this.places = new Float32Array(places.buffer, places.byteOffset, 2 * this.header.num);
    this.codes = codes;
    if (this.num !== this.header.num || !this.mask) this.mask = new Uint8Array(this.header.num);
    this.num = this.header.num;
    if (isNewPlace) { unpackMask(this.header.picked, this.mask); this.hover = null; }
    if (isNewPlace || !this.view) this.view = this.all();
    this.reload();
    this.tell();
  }

  reload() {
    if (!this.points.works) return;
    this.points.load(this.places, this.codes, this.header.palette);
    this.points.pick(this.mask);
    this.later();
  }

  all() { // the view that holds every point, with some room
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < this.num; i++) {
      const x = this.places[2 * i], y = this.places[2 * i + 1];
      if (!Number.isFinite(x + y)) continue;
      [x0, x1, y0, y1] = [Math.min(x0, x), Math.max(x1, x), Math.min(y0, y), Math.max(y1, y)];
    }
    if (x0 > x1) return { x0: 0, x1: 1, y0: 0, y1: 1 };
    const high = this.header.regions?.length ? this.roomForNames() : 0.04;
    const room = [0.04 * (x1 - x0) || 0.5, high * (y1 - y0) || 0.5];
    return { x0: x0 - room[0], x1: x1 + room[0], y0: y0 - room[1], y1: y1 + room[1] };
  }

  roomForNames() { // above and below the points, as a share of their extent
    const height = this.stage.clientHeight - MARGIN.top - MARGIN.bottom;
    return NAME_ROOM / Math.max(2 * NAME_ROOM, height - 2 * NAME_ROOM);
  }

  // As high as the window allows, so that what is picked can be seen below without scrolling.
  fitHeight() {
    const scrolled = this.root.getRootNode().host?.closest("[data-testid=stMain]")?.scrollTop ?? 0;
    const top = this.stage.getBoundingClientRect().top + scrolled;
    const height = `${Math.round(Math.max(LEAST_HEIGHT, Math.min(MOST_HEIGHT, window.innerHeight - top - BELOW)))}px`;
    if (this.stage.style.height !== height) this.stage.style.height = height;
  }

  layout() {
    this.fitHeight();
    const { width, height } = this.stage.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    this.root.classList.toggle("narrow", this.root.clientWidth < NARROW);
    if (!width) return;
    for (const canvas of [this.under, this.canvas, this.over]) {
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    }
    const margin = this.header.hasAxes ? MARGIN : BARE;
    this.area = { left: margin.left, top: margin.top, width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
    this.later();
  }

  later() {
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  travel() { // while moving, as many points as this machine draws in time; all of them once at rest
    const now = performance.now(), since = now - (this.travelled ?? -Infinity);
    if (since < 1500) this.budget = Math.max(FEWEST_MOVING, (this.budget ?? this.num) * (since > SLOW_MS ? 0.7 : since < FAST_MS ? 1.2 : 1));
    this.budget = Math.min(this.budget ?? this.num, this.num);
    this.travelled = now;
    this.isMoving = true;
    clearTimeout(this.arriving);
    this.arriving = setTimeout(() => { this.isMoving = false; this.later(); }, REST_MS);
    this.later();
  }

  draw() {
    if (!this.area || !this.view || !this.num) return;
    const ratio = window.devicePixelRatio || 1;
    drawAxes(cleared(this.under, ratio), this);
    if (this.points.works) {
      const area = Object.fromEntries(Object.entries(this.area).map(([name, value]) => [name, Math.round(value * ratio)]));
      this.points.draw(this.view, area, this.pointSize() * ratio, this.isMoving ? Math.round(this.budget) : this.num);
    }
    const context = cleared(this.over, ratio);
    drawRegions(context, this);
    drawOutline(context, this);
    drawRing(context, this, this.hover);
    this.stage.dataset.drawn = String(1 + Number(this.stage.dataset.drawn ?? 0));
  }

  pointSize() { // smaller where there are many, larger as one zooms in
    const whole = this.whole ??= this.all(), share = (this.view.x1 - this.view.x0) / (whole.x1 - whole.x0);
    return Math.min(12, (this.num > 20000 ? 5 : this.num > 3000 ? 7 : 9) * Math.max(1, share ** -0.35));
  }

  toX(x) { return this.area.left + (this.area.width * (x - this.view.x0)) / (this.view.x1 - this.view.x0); }

  toY(y) { return this.area.top + this.area.height * (1 - (y - this.view.y0) / (this.view.y1 - this.view.y0)); }

  at(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (event.button > 1) return;
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true });
    const isMove = this.tool === "move" || event.button === 1;
    this.drag = { kind: isMove ? "move" : this.tool, from: this.at(event), last: this.at(event), isAdding: event.shiftKey };
    this.stage.classList.toggle("dragging", isMove);
    event.preventDefault();
  }

  move(event) {
    const [x, y] = this.at(event);
    if (!this.drag) return this.point(nearestPoint(this, x, y, NEAR));
    if (this.drag.kind === "move") this.pan(x - this.drag.last[0], y - this.drag.last[1]);
    else if (this.drag.kind === "lasso") thinned(this.path, x, y);
    else this.path = boxPath(this.drag.from, [x, y]);
    this.drag.last = [x, y];
    this.later();
  }

  release(event) {
    const drag = this.drag, path = this.path;
    this.stop();
    if (!drag || drag.kind === "move") return;
    const [x, y] = this.at(event);
    if (Math.hypot(x - drag.from[0], y - drag.from[1]) < 4 && path.length < 4) return this.pickOne(drag.isAdding);
    this.pick(path, drag.isAdding);
  }

  stop() {
    this.drag = null;
    this.path = [];
    this.stage.classList.remove("dragging");
    this.later();
  }

  pickOne(isAdding) { // a click picks the point under it, or nothing
    if (!isAdding) this.mask.fill(0);
    if (this.hover !== null) this.mask[this.hover] = isAdding ? 1 - this.mask[this.hover] : 1;
    this.picked();
  }

  pick(path, isAdding) {
    if (!isAdding) this.mask.fill(0);
    pickInside(this, path, this.mask);
    this.picked();
  }

  picked() {
    if (this.points.works) this.points.pick(this.mask);
    this.tell();
    this.later();
    this.send("picked", { version: this.header.placeVersion, mask: bitMask(this.mask) });
  }

  tell() {
    const num = this.mask.reduce((sum, each) => sum + each, 0);
    this.status.classList.toggle("strong", num > 0);
    const all = `${this.header.numDrawn.toLocaleString("en")} images`;
    this.status.textContent = num ? `${num.toLocaleString("en")} of ${all} picked` : all;
    if (!this.points.works) this.status.textContent = "This browser offers no WebGL 2, which draws the points.";
  }

  point(place) {
    if (place === this.hover) return;
    this.hover = place;
    clearTimeout(this.resting);
    if (place !== null) this.resting = setTimeout(() => this.ask(), HOVER_MS);
    this.later();
  }

  ask() {
    this.turn += 1;
    const exampleId = this.hover === null || !this.ids ? null : this.ids[this.hover];
    this.send("asked", { turn: this.turn, version: this.version ?? "", example: exampleId });
  }

  pan(dx, dy) {
    const { view, area } = this;
    const [x, y] = [(-dx * (view.x1 - view.x0)) / area.width, (dy * (view.y1 - view.y0)) / area.height];
    this.view = { x0: view.x0 + x, x1: view.x1 + x, y0: view.y0 + y, y1: view.y1 + y };
    this.travel();
  }

  zoom(factor, px = this.area.left + this.area.width / 2, py = this.area.top + this.area.height / 2) {
    const { view, area } = this;
    const x = view.x0 + ((px - area.left) / area.width) * (view.x1 - view.x0);
    const y = view.y0 + (1 - (py - area.top) / area.height) * (view.y1 - view.y0);
    const by = (value, middle) => middle + (value - middle) / factor;
    this.view = { x0: by(view.x0, x), x1: by(view.x1, x), y0: by(view.y0, y), y1: by(view.y1, y) };
    this.travel();
  }

  fit() {
    this.view = this.all();
    this.later();
  }

  step(by) { // the next point in view, from the middle outwards; the order holds until the view changes
    const view = JSON.stringify(this.view);
    if (this.walk?.view !== view) this.walk = { view, order: fromTheMiddle(this), at: -1 };
    const { order } = this.walk;
    if (!order.length) return;
    this.walk.at = (this.walk.at + by + order.length) % order.length;
    this.point(order[this.walk.at]);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.stage) return;
    const step = 60, tool = TOOLS.find(([, , key]) => key === event.key);
    const actions = {
      ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step), ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(0.8), 0: () => this.fit(),
      Enter: () => this.pick(boxPath([this.area.left, this.area.top], [this.area.left + this.area.width, this.area.top + this.area.height]), event.shiftKey),
      n: () => this.step(1), p: () => this.step(-1), " ": () => this.hover !== null && this.pickOne(true),
      Escape: () => { this.mask.fill(0); this.stop(); this.picked(); },
    };
    const action = tool ? () => this.choose(tool[0]) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  close() {
    clearTimeout(this.resting);
    clearTimeout(this.arriving);
    if (this.frame) cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    window.removeEventListener("resize", this.onresize);
    this.stage.removeEventListener("wheel", this.onwheel);
    this.points.close();
  }
}

function cleared(canvas, ratio) {
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}

function boxPath([x0, y0], [x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}
