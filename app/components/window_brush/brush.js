// The brush: a window over ranked images. All that a drag shows is computed here; letting go reports one state.

const SNAP = 0.005;
const LEAST = 0.01; // keep fraction that a drag or a key goes down to; a field may go lower
const REPORT_AFTER_MS = 180; // after a key
const LEAST_WAIT_MS = 160, MOST_WAIT_MS = 5000; // of a key that needs the page to know the window
const MODES = [["flips", "◆ flipped on purpose"], ["suspects", "! looks wrong"], ["settled", "✓ decided on"], ["classes", "classes"]];

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".brush-root");
  root.brush ??= new Brush(root);
  const send = whileHere(root, setStateValue);
  root.brush.send = (place) => send("window", place);
  root.brush.receive(readMessage(data));
  return whenGone(root, () => root.brush?.close());
}

function readMessage(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let start = 4 + length;
  const blobs = header.blobs.map((size) => bytes.slice(start, (start += size)));
  return { header, labels: new Uint16Array(blobs[0].buffer), flags: blobs[1],
    grids: blobs.length > 2 ? [new Float32Array(blobs[2].buffer), new Float32Array(blobs[3].buffer), blobs[4]] : [] };
}

class Brush {
  constructor(root) {
    this.root = root;
    this.client = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
    this.readout = new Readout(root, (input) => this.typed(input));
    this.bar = element("div", "bar", root);
    this.legend = element("span", "legend", this.bar);
    this.modes = element("div", "modes", this.bar);
    this.modes.setAttribute("role", "group");
    this.modes.setAttribute("aria-label", "Colour the bars by");
    this.stage = element("div", "stage", root);
    this.picture = new Picture(element("canvas", "", this.stage));
    this.picture.canvas.setAttribute("aria-hidden", "true");
    this.shades = ["easy", "hard"].map((side) => element("div", `shade ${side}`, this.stage));
    this.body = this.handle("body", "Window");
    this.edges = { start: this.handle("edge start", "Easy edge"), stop: this.handle("edge stop", "Hard edge") };
    this.axis();
    this.inside = new Inside(element("div", "inside", root), (label) => this.focusClass(label));
    this.stage.onpointerdown = (event) => this.press(event);
    this.stage.onpointermove = (event) => this.drag(event);
    this.stage.onpointerup = this.stage.onpointercancel = () => this.release();
    this.stage.ondblclick = () => this.reset();
    this.onKey = (event) => this.key(event);
    this.onEarlyKey = (event) => this.holdBack(event);
    document.addEventListener("keydown", this.onEarlyKey, { capture: true });
    document.addEventListener("keydown", this.onKey);
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.stage);
  }

  close() {
    document.removeEventListener("keydown", this.onEarlyKey, { capture: true });
    document.removeEventListener("keydown", this.onKey);
    this.observer.disconnect();
    clearTimeout(this.timer);
    clearTimeout(this.counting);
    clearInterval(this.waiting);
    this.root.brush = undefined;
    this.root.replaceChildren();
  }

  handle(name, label) {
    const made = element("div", name, this.stage);
    made.tabIndex = 0;
    made.dataset.grip = name.split(" ").at(-1);
    made.setAttribute("role", "slider");
    made.setAttribute("aria-label", label);
    made.setAttribute("aria-orientation", "horizontal");
    return made;
  }

  axis() {
    const axis = element("div", "axis", this.root);
    element("span", "", axis, "easiest images");
    [20, 40, 60, 80].forEach((each) => {
      const tick = element("span", "tick", axis, `${each} %`);
      tick.style.left = `${each}%`;
    });
    element("span", "", axis, "hardest");
  }

  receive({ header, labels, flags, grids }) {
    const isNew = header.version !== this.header?.version;
    const isForced = isNew || header.start.turn !== this.header.start.turn;
    this.header = header;
    Object.entries(header.colors).forEach(([name, value]) => this.root.style.setProperty(name, value));
    this.counts = new Counts(labels, flags, Math.max(header.classNames.length, 1));
    this.accuracies = new Accuracies(header, grids);
    const wanted = { flips: header.hasFlips, suspects: header.hasSuspects, settled: true, classes: true };
    this.known = MODES.filter(([mode]) => wanted[mode]);
    if (!wanted[this.mode]) this.mode = this.known[0][0];
    this.drawModes();
    if (isForced) {
      this.set(header.start.keep, header.start.offset);
      this.told = { keep: this.place.keep, offset: this.place.offset };
    } else this.show();
    this.paint();
  }

  drawModes() {
    this.modes.replaceChildren(...this.known.map(([mode, words]) => {
      const button = element("button", "", null, words);
      button.type = "button";
      button.setAttribute("aria-pressed", String(mode === this.mode));
      button.onclick = () => this.choose(mode);
      return button;
    }));
  }

  choose(mode) {
    this.mode = mode;
    this.drawModes();
    this.paint();
    [...this.modes.children][this.known.findIndex(([each]) => each === mode)].focus();
  }

  focusClass(label) {
    this.focus = this.focus === label ? undefined : label;
    this.mode = "classes";
    this.drawModes();
    this.show();
    this.paint();
  }

  // Takes a window, put right where it would pass an end; shows what is known of it.
  set(keep, offset) {
    const { num } = this.header;
    const size = round(clamp(keep, 1 / num, 1));
    const from = round(clamp(offset, 0, 1 - size));
    const kept = clamp(Math.round(size * num + SAME), 1, num);
    const start = Math.min(Math.round(from * num + SAME), num - kept);
    this.place = { keep: size, offset: from, start, stop: start + kept, num };
    this.show();
  }

  show() {
    const { place, header } = this;
    const found = this.readout.show(place, this.accuracies, header);
    this.showInside();
    const left = 100 * place.offset, right = 100 * (place.offset + place.keep);
    this.stage.style.setProperty("--left", `${left}%`);
    this.stage.style.setProperty("--right", `${right}%`);
    this.stage.dataset.trusted = String(!found || found.isTrusted);
    this.describe(this.body, left, 100 * (1 - place.keep), this.sentence(found));
    this.describe(this.edges.start, left, right, `${fieldPercent(place.offset)} % easier images left out`);
    this.describe(this.edges.stop, right, 100, `${fieldPercent(1 - place.offset - place.keep)} % harder images left out`);
  }

  // What lies inside is counted after the frame that shows the accuracy.
  showInside() {
    clearTimeout(this.counting);
    this.counting = setTimeout(() => this.inside.show(this.place, this.counts, this.header, this.focus));
  }

  describe(handle, now, most, text) {
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-valuemax", String(Number(most.toFixed(4))));
    handle.setAttribute("aria-valuenow", String(Number(now.toFixed(4))));
    handle.setAttribute("aria-valuetext", text);
  }

  sentence(found) {
    const { keep, offset, start, stop } = this.place;
    const accuracy = found ? `, ${found.isMeasured ? "measured" : "predicted"} ${percent(found.mean)} %` : "";
    return `keep ${fieldPercent(keep)} % from offset ${fieldPercent(offset)} %, ${plural(stop - start, "image")}${accuracy}`;
  }

  paint() {
    if (!this.header) return;
    const { counts, header } = this;
    const colors = header.colors, quiet = mixed(colors["--dd-muted"], colors["--dd-ground"]);
    const bits = { flips: [FLIPPED, "--dd-planted"], suspects: [SUSPECT, "--dd-drop"], settled: [SETTLED, "--dd-keep"] };
    const [bit, name] = bits[this.mode] ?? [];
    const parts = bit
      ? (start, stop) => marked(counts.flagged(bit, start, stop) / (stop - start), colors[name], quiet)
      : (start, stop) => this.classParts(counts.classes(start, stop), stop - start, quiet);
    this.picture.draw(header.heights, header.num, parts, colors);
    const words = this.known.find(([mode]) => mode === this.mode)[1];
    const focused = this.focus === undefined ? "" : `: ${header.classNames[this.focus]}`;
    this.legend.textContent = `Bars: ${header.scoreTitle} by rank; striped part of each: share ${bit ? `that is ${words}` : `of ${focused ? `class${focused}` : "each class, in order"}`}`;
  }

  classParts(counts, num, quiet) {
    const { classColors, colors } = this.header;
    if (this.focus !== undefined) return marked(counts[this.focus] / num, colors["--dd-primary"], quiet);
    return [...counts].map((each, label) => [each / num, classColors[label] ?? quiet, label % 2 === 1]);
  }

  press(event) {
    if (event.button !== 0) return;
    const grip = event.target.dataset?.grip;
    const at = this.fraction(event);
    if (!grip) this.set(this.place.keep, snapped(at - this.place.keep / 2));
    this.held = { grip: grip ?? "body", at, keep: this.place.keep, offset: this.place.offset };
    this.stage.setPointerCapture(event.pointerId);
    (this.held.grip === "body" ? this.body : this.edges[this.held.grip]).focus({ preventScroll: true });
    event.preventDefault();
  }

  drag(event) {
    if (!this.held) return;
    const { grip, at, keep, offset } = this.held;
    const by = this.fraction(event) - at;
    if (grip === "body") this.set(keep, snapped(offset + by));
    else if (grip === "start") {
      const stop = offset + keep, from = clamp(snapped(offset + by), 0, Math.max(0, stop - LEAST));
      this.set(stop - from, from);
    } else this.set(clamp(snapped(offset + keep + by) - offset, LEAST, 1 - offset), offset);
  }

  release() {
    if (!this.held) return;
    this.held = undefined;
    this.report();
  }

  reset() {
    this.set(this.header.home.keep, this.header.home.offset);
    this.report();
  }

  key(event) {
    if (!this.place || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event) || !isFree(event, this.root)) return;
    const grip = event.composedPath()[0].dataset?.grip ?? "body";
    const isOnHandle = Boolean(event.composedPath()[0].dataset?.grip);
    if (!isOnHandle && !["ArrowLeft", "ArrowRight"].includes(event.key)) return; // up, down, Home, End scroll the page
    const next = moved(event, this.place, grip);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    const keep = clamp(next.keep, Math.min(LEAST, this.place.keep), 1);
    this.set(keep, keep === next.keep ? next.offset : this.place.offset);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.report(), REPORT_AFTER_MS);
  }

  typed(input) {
    const { readout, place, header } = this;
    const value = Number(input.value);
    const isNumber = input.value !== "" && Number.isFinite(value);
    if (isNumber && input === readout.keep) this.set(value / 100, place.offset);
    if (isNumber && input === readout.offset) this.set(place.keep, value / 100);
    if (isNumber && input === readout.count) this.set(Math.round(value) / header.num, place.offset);
    input.dataset.settled = "true";
    this.show();
    delete input.dataset.settled;
    this.report();
  }

  // M and E are about the window that is seen: they wait until the page knows of it.
  holdBack(event) {
    const key = event.key.toLowerCase();
    if (!["m", "e"].includes(key) || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (this.isReplaying || !this.place || (this.isTold() && !isPageRunning())) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    this.report();
    const began = Date.now();
    clearInterval(this.waiting);
    this.waiting = setInterval(() => {
      const waited = Date.now() - began;
      const isKnown = edgesTurn() === `${general(this.place.keep)}-${general(this.place.offset)}`;
      if (waited < MOST_WAIT_MS && (waited < LEAST_WAIT_MS || !isKnown || isPageRunning())) return;
      clearInterval(this.waiting);
      if (!isKnown) return; // the page does not answer: better nothing than another window
      this.isReplaying = true;
      const again = { key, code: `Key${key.toUpperCase()}`, bubbles: true, composed: true, cancelable: true };
      ["keydown", "keyup"].forEach((kind) => document.body.dispatchEvent(new KeyboardEvent(kind, again)));
      this.isReplaying = false;
    }, 40);
  }

  isTold() {
    return this.told?.keep === this.place.keep && this.told?.offset === this.place.offset;
  }

  report() {
    clearTimeout(this.timer);
    const { keep, offset } = this.place;
    if (this.isTold()) return;
    this.told = { keep, offset };
    this.turn = (this.turn ?? 0) + 1;
    this.send({ keep, offset, version: this.header.version, turn: `${this.client}-${this.turn}` });
  }

  fraction(event) {
    const box = this.stage.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  }
}

// The window whose edge images are shown: the page has heard of it.
function edgesTurn() {
  const roots = [...document.querySelectorAll("[data-testid=stMain] *")].map((each) => each.shadowRoot);
  return roots.map((root) => root?.querySelector(".edges-root")).find(Boolean)?.dataset.turn;
}

// A fraction as Python's format g writes it.
function general(fraction) {
  return String(Number(fraction.toPrecision(6)));
}

function isPageRunning() {
  return document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "running";
}

function snapped(fraction) {
  return Math.round(fraction / SNAP) * SNAP;
}

function round(fraction) {
  return Number(fraction.toFixed(6));
}

function marked(share, color, quiet) {
  return [[share, color, true], [1 - share, quiet, false]];
}

// A quieter shade of a colour, a third of the way from the ground.
function mixed(color, ground) {
  const parts = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  const [one, other] = [parts(color), parts(ground)];
  return `rgb(${one.map((each, i) => Math.round(0.38 * each + 0.62 * other[i])).join(" ")})`;
}
