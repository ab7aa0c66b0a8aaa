// The Browse page: holds where one is, what matches, what is chosen; everything else draws from it.

const PLACE_SETTLES_MS = 250; // before the address is written
const NARROW_PAGE = 760; // pixels: below, the details lie over the grid
const LEAST_HEIGHT = 420;
const BELOW = 20; // pixels left free under the part

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".browse-root");
  root.browse ??= new BrowsePage(root);
  const send = whileHere(root, setStateValue);
  root.browse.line.setState = (value) => send("up", value);
  root.browse.receive(unpackedMessage(data));
  return whenGone(root, () => root.browse?.close());
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
    this.nothing = new Nothing(this.stage, this);
    this.bar = new SelectionBar(main, this);
    this.judge = new Judge(this);
    this.panel = new Panel(body, this);
    this.chooser = new ClassChooser(this);
    this.voice = built("div", root, { className: "voice" });
    this.voice.setAttribute("role", "status");
    this.listen();
    stayBright(root);
  }

  listen() {
    this.keys = new BrowseKeys(this);
    this.onKey = (event) => this.keys.press(event);
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
    saveFile(this.root, part.bytes[0].slice(), part);
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
    this.histogram.show(this.found.spread);
    this.fit();
    if (!isSame) this.findActive(isArrival, keepsExample);
    this.nothing.show();
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
    this.selectionChanged();
    this.say(`${thousands(this.selection.count)} selected`);
  }

  clearSelection() {
    this.selection.clear();
    this.reach = undefined;
    this.selectionChanged();
  }

  selectionChanged() {
    this.grid.markAll();
    this.bar.show();
    this.panel.drawScope();
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
}
