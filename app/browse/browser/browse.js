// The Browse page: holds where one is, what matches, what is chosen; everything else draws from it.

const PLACE_SETTLES_MS = 250; // before the address is written
const NARROW_PAGE = 760; // pixels: below, the details lie over the grid
const LEAST_HEIGHT = 420;
const BELOW = 20; // pixels left free under the part

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".browse-root");
  root.browse ??= new BrowsePage(root);
  root.browse.line.setState = (value) => setStateValue("up", value);
  root.browse.receive(unpackedMessage(data));
  return () => root.browse?.close();
}

class BrowsePage {
  constructor(root) {
    this.root = root;
    this.handed = new Map(); // token -> examples
    this.selection = new Selection(0);
    this.activeAt = -1;
    this.isPanelHidden = false;
    this.scoresWanted = new Set();
    this.line = new Line(() => this.collect());
    this.pictures = new Pictures(() => this.drawLate());
    this.toolbar = new Toolbar(root, this);
    this.remarks = built("div", root, { className: "remarks", hidden: true });
    const body = built("div", root, { className: "body" });
    const main = built("div", body, { className: "main" });
    this.histogram = new Histogram(main, this);
    this.stage = built("div", main, { className: "stage" });
    this.grid = new BrowseGrid(this.stage, this);
    this.empty = built("div", this.stage, { className: "nothing", hidden: true });
    this.bar = new SelectionBar(main, this);
    this.judge = new Judge(this);
    this.panel = new Panel(body, this);
    this.voice = built("div", root, { className: "voice" });
    this.voice.setAttribute("role", "status");
    this.listen();
    stayBright(root);
  }

  listen() {
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.onResize = () => this.fit();
    window.addEventListener("resize", this.onResize);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.root);
    this.observer.observe(this.stage);
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("resize", this.onResize);
    this.observer.disconnect();
    this.line.close();
    this.log?.close();
    this.panel.close();
    this.pictures.close();
    clearTimeout(this.placeTimer);
    clearTimeout(this.voiceTimer);
    clearTimeout(this.grid.restTimer);
    this.root.browse = undefined;
    this.root.replaceChildren();
  }

  // Messages -----------------------------------------------------------------------------------
  receive(header) {
    Object.entries(header.colors).forEach(([name, value]) => this.root.style.setProperty(name, value));
    const isOther = this.version !== header.version;
    this.version = header.version;
    this.defaultScore = header.score;
    if (isOther) this.forget();
    header.parts.forEach((part) => this.take(part));
    if (header.ack) this.log?.acknowledge(header.ack);
    if (this.columns && header.placeVersion !== this.placeVersion) this.arrive(header);
    else if (header.parts.some(({ kind }) => kind === "score")) this.refresh();
    this.histogram.draw();
    this.line.answered(header.turn);
    this.line.poke();
  }

  forget() {
    this.columns = undefined;
    this.placeVersion = undefined;
    this.activeAt = -1;
    this.pictures.close();
    this.pictures = new Pictures(() => this.drawLate());
    this.panel.details.clear();
    this.panel.depths.clear();
    this.panel.originals.clear();
  }

  take(part) {
    const take = {
      columns: () => this.takeColumns(part),
      score: () => this.takeScore(part),
      sheet: () => this.pictures.add(part, part.bytes[0]),
      detail: () => this.panel.receiveDetail(part.detail),
      depth: () => this.panel.receiveDepth(part.depth),
      original: () => this.panel.receiveOriginal(part),
      held: () => this.takeHeld(part.held),
      views: () => this.toolbar.receiveViews(part.views),
      view: () => this.takeView(part),
      handed: () => this.takeHanded(part),
      file: () => this.takeFile(part),
    }[part.kind];
    if (part.kind === "columns" || this.columns) take?.();
  }

  takeColumns(part) {
    this.columns = new Columns(part, part.bytes);
    this.selection = new Selection(this.columns.num);
    this.toolbar.receive(this.columns);
    this.judge.receive(part);
    this.log?.close();
    this.log = new OperationLog({
      storageKey: part.storageKey,
      runId: part.runId,
      send: (message) => {
        this.operations = message.operations;
        this.line.poke();
      },
      onChange: () => this.log && this.bar.showSaved(this.log),
    });
  }

  takeScore(part) {
    this.scoresWanted.delete(part.name);
    this.columns.addScore(part.name, part.bytes);
  }

  // What holds by the store, unless this browser has already decided again.
  takeHeld(held) {
    const waiting = new Set([...(this.log?.pending.values() ?? [])].map((each) => each.example_id));
    held.filter(([exampleId]) => !waiting.has(exampleId)).forEach((each) => {
      this.columns.hold(each);
      this.panel.forget(each[0]);
    });
    this.grid.redraw();
    this.panel.show();
  }

  takeView(part) {
    if (part.turn !== this.viewSent?.turn) return;
    this.viewSent = undefined;
    this.toolbar.showProblem(part.problem);
    if (!part.problem) this.say("Saved views changed");
  }

  takeHanded({ token, ids }) {
    this.handed.set(token, ids ?? []);
    if (!ids) this.extraRemark = "The images handed over are not known in this session any more; open the page from where they were chosen.";
  }

  takeFile(part) {
    if (part.turn !== this.listAsked?.turn) return;
    this.listAsked = undefined;
    const url = URL.createObjectURL(new Blob([part.bytes[0].slice()], { type: part.mime }));
    const link = built("a", this.root, { href: url, download: part.name });
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    this.say(`${part.name} saved`);
  }

  // The address was changed from outside: by a link, a reload, or the browser's back.
  arrive(header) {
    this.placeVersion = header.placeVersion;
    this.place = placeOf(header.place, header.score);
    if (this.extraRemark) delete this.place.ids;
    this.showRemarks([...header.remarks, ...(this.extraRemark ? [this.extraRemark] : [])]);
    this.extraRemark = undefined;
    this.lastWritten = JSON.stringify(placeValues(this.place));
    if (this.root.clientWidth < NARROW_PAGE && this.place.example === undefined) this.hidePanel(true);
    this.refresh({ isArrival: true });
  }

  showRemarks(remarks) {
    this.shownRemarks = remarks;
    this.remarks.replaceChildren(...remarks.map((text) => built("p", undefined, { text })));
    this.remarks.hidden = !remarks.length;
  }

  // What goes up: everything that is open, so that a lost message loses nothing.
  collect() {
    const message = { version: this.version, asked: {} };
    if (!this.columns) return { ...message, asked: { columns: true } };
    const asked = message.asked;
    const urgent = this.grid.idsInView();
    const ids = this.pictures.lacks(urgent) ? urgent : [...this.panel.pictureIds(), ...this.grid.wantedIds()];
    const sheets = this.pictures.missing(ids, 6);
    if (sheets.length) asked.sheets = sheets;
    if (this.scoresWanted.size) asked.scores = [...this.scoresWanted];
    Object.entries(this.panel.wanted()).forEach(([name, wanted]) => wanted?.length && (asked[name] = wanted));
    if (this.listAsked) asked.list = this.listAsked;
    if (this.operations) message.operations = this.operations;
    this.operations = undefined;
    if (this.viewSent) message.view = this.viewSent;
    if (this.isPlaceSettled) message.place = placeValues(this.place);
    this.isPlaceSettled = false;
    const isSomething = Object.keys(asked).length || message.operations || message.view || message.place;
    return isSomething ? message : undefined;
  }

  // Place --------------------------------------------------------------------------------------
  change(values) {
    this.setPlace({ ...this.place, ...values });
  }

  setPlace(place) {
    if (!this.columns) return;
    this.place = place;
    this.showRemarks([]);
    this.refresh();
    this.writeSoon();
  }

  writeSoon() {
    clearTimeout(this.placeTimer);
    this.placeTimer = setTimeout(() => {
      const written = JSON.stringify(placeValues(this.place));
      if (written === this.lastWritten) return;
      this.lastWritten = written;
      this.isPlaceSettled = true;
      this.line.poke();
    }, PLACE_SETTLES_MS);
  }

  // Look up what matches the place, and draw.
  refresh({ isArrival = false, keepsExample = isArrival } = {}) {
    if (!this.place) return;
    if (!this.columns.scores.has(this.place.score)) {
      this.scoresWanted.add(this.place.score);
      this.root.classList.add("reading");
      return this.line.poke();
    }
    this.root.classList.remove("reading");
    const signature = JSON.stringify({ ...this.place, size: 0, example: 0, truth: 0 });
    const isSame = signature === this.lookedUp && !isArrival;
    this.lookedUp = signature;
    if (!isSame) this.found = lookUp(this.place, this.columns, this.handed);
    this.rows = this.found.rows;
    this.toolbar.show(this.place, this.columns, this.found.tests, this.rows.length);
    this.histogram.show(this.found.counts);
    this.fit();
    if (!isSame) this.findActive(isArrival, keepsExample);
    this.showEmpty();
    this.bar.show();
    this.grid.layout();
    if (this.activeAt >= 0 && (isArrival || isSame)) this.grid.reveal(this.activeAt);
    this.panel.show();
  }

  findActive(isArrival, keepsExample) {
    const row = !keepsExample || this.place.example === undefined ? -1 : this.columns.rowOf(this.place.example);
    this.activeAt = row < 0 ? -1 : this.rows.indexOf(row);
    this.reach = undefined;
    if (!isArrival) this.grid.scroller.scrollTop = 0;
    if (this.activeAt < 0 && this.rows.length) this.activeAt = 0;
    if (isArrival && row >= 0 && this.rows[this.activeAt] !== row) {
      this.showRemarks([...this.shownRemarks, `Example ${this.place.example} is not among the images that match these filters.`]);
    }
    if (!isArrival) this.place.example = this.activeId;
    this.anchor = this.activeAt;
  }

  showEmpty() {
    this.empty.hidden = this.rows.length > 0;
    this.grid.scroller.hidden = !this.rows.length;
    if (this.rows.length) return;
    this.empty.replaceChildren();
    built("h2", this.empty, { text: "No image matches these filters" });
    const left = withoutEach(this.found.tests, this.columns.num);
    const helping = left.filter(([, count]) => count > 0);
    for (const [name, count] of helping.slice(0, 4)) {
      const words = filterWords(name, this.place, this.columns);
      button(this.empty, `Take off “${words}”: ${thousands(count)} images`, () => this.setPlace(withoutFilter(this.place, name)), { className: "plain" });
    }
    if (!helping.length && left.length) built("p", this.empty, { text: "No single filter is to blame: more than one has to go." });
    if (left.length > 1 || !helping.length) button(this.empty, "Clear all filters", () => this.setPlace(withoutFilters(this.place)), { className: "plain" });
  }

  fit() {
    const narrow = this.root.clientWidth < NARROW_PAGE;
    this.root.classList.toggle("narrow", narrow);
    const top = this.root.getBoundingClientRect().top + scrolledBy(this.root);
    const height = Math.max(LEAST_HEIGHT, window.innerHeight - top - BELOW);
    this.root.style.height = `${height}px`;
    const size = `${this.grid.scroller.clientWidth}x${this.grid.scroller.clientHeight}`;
    if (size === this.fitted || !this.rows) return;
    this.fitted = size;
    const first = this.grid.inView?.()[0] ?? 0;
    this.grid.layout();
    if (this.activeAt >= first) this.grid.reveal(this.activeAt);
    this.histogram.draw();
  }

  drawLate() {
    this.grid.drawLate();
    this.panel.drawLate();
  }

  say(text) {
    this.voice.textContent = text;
    this.voice.classList.add("shown");
    clearTimeout(this.voiceTimer);
    this.voiceTimer = setTimeout(() => this.voice.classList.remove("shown"), 2500);
  }

  // The chosen image ---------------------------------------------------------------------------
  get activeRow() {
    return this.rows && this.activeAt >= 0 ? this.rows[this.activeAt] : undefined;
  }

  get activeId() {
    return this.activeRow === undefined ? undefined : this.columns.id[this.activeRow];
  }

  idAt(at) {
    return this.rows && at >= 0 && at < this.rows.length ? this.columns.id[this.rows[at]] : undefined;
  }

  moveTo(at, { keepsAnchor = false } = {}) {
    if (!this.rows?.length) return;
    this.activeAt = clamp(at, 0, this.rows.length - 1);
    if (!keepsAnchor) this.anchor = this.activeAt;
    this.place.example = this.activeId;
    this.grid.reveal(this.activeAt);
    this.grid.markAll();
    this.panel.show();
    this.writeSoon();
  }

  moveBy(step) {
    this.moveTo(this.activeAt + step);
  }

  // Go to an example; one that the filters leave out takes them off.
  goTo(exampleId) {
    const at = this.rows.indexOf(this.columns.rowOf(exampleId));
    if (at >= 0) return this.moveTo(at);
    this.place = { ...withoutFilters(this.place), example: exampleId };
    this.refresh({ keepsExample: true });
    this.moveTo(this.activeAt);
    this.say("Filters taken off: the image was not among those that match");
  }

  togglePanel(isShown) {
    this.hidePanel(!isShown);
    this.panel.show();
    this.fit();
    if (!isShown) this.grid.scroller.focus({ preventScroll: true });
  }

  hidePanel(isHidden) {
    this.isPanelHidden = isHidden;
    this.root.classList.toggle("wide", isHidden);
    this.toolbar.details.hidden = !isHidden;
  }

  // Selection ----------------------------------------------------------------------------------
  toggle(at) {
    const row = this.rows[at];
    this.selection.set(row, !this.selection.has(row));
    this.moveTo(at);
    this.bar.show();
  }

  extendTo(at) {
    const anchor = this.anchor ?? at, to = clamp(at, 0, this.rows.length - 1);
    if (this.reach !== undefined) eachBetween(anchor, this.reach, (place) => this.selection.set(this.rows[place], false));
    eachBetween(anchor, to, (place) => this.selection.set(this.rows[place], true));
    this.moveTo(to, { keepsAnchor: true });
    this.reach = to;
    this.bar.show();
  }

  selectAll() {
    this.rows.forEach((row) => this.selection.set(row, true));
    this.grid.markAll();
    this.bar.show();
    if (this.activeRow !== undefined) this.panel.drawScope();
    this.say(`${thousands(this.selection.count)} selected`);
  }

  clearSelection() {
    this.selection.clear();
    this.reach = undefined;
    this.grid.markAll();
    this.bar.show();
    if (this.activeRow !== undefined) this.panel.drawScope();
  }

  decided(entry, num) {
    this.grid.redraw();
    this.bar.show();
    this.panel.show();
    if (num > 1) this.say(`${thousands(num)} images decided`);
  }

  download() {
    const rows = this.selection.count ? this.selection.rows() : this.rows;
    this.listAsked = { mask: bitMask(rows, this.columns.num), score: this.place.score, turn: randomWord() };
    this.say("Writing the index list");
    this.line.poke();
  }

  sendView(view) {
    this.viewSent = { ...view, turn: randomWord() };
    this.line.poke();
  }

  // Keys ---------------------------------------------------------------------------------------
  key(event) {
    if (!this.rows || event.defaultPrevented || isTypingIn(event) || this.root.querySelector("dialog[open]")) return;
    const target = event.composedPath()[0];
    const isOnButton = target.closest?.("button, a, [role=slider]") && ["Enter", " "].includes(event.key);
    if (isOnButton || event.altKey || !this.isFocused(event)) return;
    const taken = event.ctrlKey || event.metaKey ? this.controlKey(event) : this.moveKey(event) || this.plainKey(event);
    if (!taken) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Keys belong to this part while it, or nothing else on the page, has the focus.
  isFocused(event) {
    const path = event.composedPath();
    return path.includes(this.root) || path[0] === document.body;
  }

  controlKey(event) {
    if (event.key !== "a") return false;
    this.selectAll();
    return true;
  }

  moveKey(event) {
    const step = this.grid.step(event.key);
    if (step === undefined) return false;
    if (event.shiftKey) this.extendTo(this.activeAt + step);
    else {
      this.reach = undefined;
      this.moveTo(this.activeAt + step);
    }
    return true;
  }

  plainKey(event) {
    const { judge } = this, key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const actions = {
      k: () => judge.decide("keep"), x: () => judge.decide("drop"), u: () => judge.decide("unsure"),
      z: () => (event.shiftKey ? judge.redo() : judge.undo()), Enter: () => judge.takeSuggested(),
      "/": () => this.panel.typeClass(), s: () => this.toggle(this.activeAt), Escape: () => this.clearSelection(),
      " ": () => this.togglePanel(this.isPanelHidden), "+": () => this.resize(1), "=": () => this.resize(1), "-": () => this.resize(-1),
    };
    if (/^[1-9]$/.test(key)) judge.takeLikeliest(Number(key) - 1);
    else if (key in actions && (!event.shiftKey || ["z", "+", "/"].includes(key))) actions[key]();
    else return false;
    return true;
  }

  resize(step) {
    const sizes = this.columns.sizes, at = clamp(sizes.indexOf(this.place.size) + step, 0, sizes.length - 1);
    if (sizes[at] !== this.place.size) this.change({ size: sizes[at] });
  }
}

function eachBetween(one, other, visit) {
  for (let place = Math.min(one, other); place <= Math.max(one, other); place++) visit(place);
}

// Streamlit pales a part while its script runs; this one goes on working meanwhile.
function stayBright(root) {
  for (let holder = root.getRootNode().host ?? root; holder; holder = holder.parentElement) {
    if (holder.dataset.testid === "stElementContainer") holder.style.setProperty("opacity", "1", "important");
  }
}

// How far the page itself is scrolled, so that the height does not depend on it.
function scrolledBy(root) {
  const main = root.getRootNode().host?.closest("[data-testid=stMain]") ?? document.scrollingElement;
  return main?.scrollTop ?? 0;
}
