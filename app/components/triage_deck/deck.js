// The deck: keys and buttons become decisions, decisions go to the operation log, the next card is there.
// Text reaches the page through textContent and aria-label alone.


export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".deck-root");
  root.deck ??= new Deck(root);
  staysBright(root);
  const send = whileHere(root, setStateValue);
  root.deck.ask = (wanted) => send("wanted", wanted);
  root.deck.send = (operations) => send("operations", operations);
  root.deck.receive(readMessage(data));
  return whenGone(root, () => root.deck?.close());
}

function readMessage(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let start = 4 + length;
  header.bytes = header.blobs.map((size) => {
    start += size;
    return bytes.slice(start - size, start);
  });
  return header;
}

class Deck {
  constructor(root) {
    this.root = root;
    this.pictures = new Pictures();
    this.originals = new Originals();
    this.place = 0;
    this.trail = []; // places seen, the newest last
    this.sequence = 0;
    this.showsFlips = false;
    this.asking = new Asking(this);
    this.deciding = new Deciding(this);
    this.keys = new DeckKeys(this);
    this.address = new Address(this);
    this.build();
    this.onKeyDown = (event) => this.keys.onKey(event);
    document.addEventListener("keydown", this.onKeyDown);
    this.onBack = () => !document.hidden && this.asking.askSoon(true);
    document.addEventListener("visibilitychange", this.onBack);
    window.addEventListener("focus", this.onBack);
    this.onResize = () => {
      fitted(this.root);
      this.single.fitFacts();
    };
    window.addEventListener("resize", this.onResize);
    this.observer = new ResizeObserver(this.onResize);
    const page = root.getRootNode().host?.closest("[data-testid=stMainBlockContainer]"); // what is above may grow
    [root, root.querySelector(".bar"), root.querySelector(".second"), page].forEach((each) => each && this.observer.observe(each));
  }

  close() {
    document.removeEventListener("keydown", this.onKeyDown);
    document.removeEventListener("visibilitychange", this.onBack);
    window.removeEventListener("focus", this.onBack);
    window.removeEventListener("resize", this.onResize);
    this.observer.disconnect();
    this.asking.close();
    this.address.close();
    this.log?.close();
    this.pictures.close();
    this.originals.close();
    this.root.deck = undefined;
    this.root.replaceChildren();
  }

  build() {
    this.root.tabIndex = -1;
    const bar = make("header", "bar", this.root);
    const line = make("div", "headline", bar);
    line.setAttribute("role", "status");
    this.toast = make("div", "toast", bar);
    this.toast.setAttribute("role", "status");
    this.saved = make("div", "saved", bar);
    this.saved.setAttribute("role", "status");
    const second = make("div", "second", this.root);
    this.headline = new Headline(this, line, make("div", "advice", second));
    const tools = make("div", "tools", second);
    this.filter = make("select", "", makeLabel(tools, "Show"));
    FILTERS.forEach(([value, word]) => (make("option", "", this.filter, word).value = value));
    this.filter.onchange = () => this.setFilter(this.filter.value);
    this.modeButton = makeButton(tools, "M", "Mark many", () => this.toggleMode(), "quiet");
    this.flips = make("input", "", makeLabel(tools, "Show planted flips", true));
    this.flips.type = "checkbox";
    this.flips.onchange = () => {
      this.showsFlips = this.flips.checked;
      this.refresh();
      this.root.focus({ preventScroll: true });
    };
    this.single = new SingleView(this.root, this);
    this.grid = new GridView(this.root, this);
    this.grid.box.hidden = true;
    this.root.insertBefore(this.grid.box, this.single.below);
    this.end = make("section", "end");
    this.root.insertBefore(this.end, this.single.below);
    this.end.hidden = true;
    this.buildActions();
  }

  buildActions() {
    this.actions = make("div", "actions", this.root);
    this.root.insertBefore(this.actions, this.single.below);
    const decide = make("div", "decide", this.actions);
    const press = (key) => () => {
      this.keys.press(key);
      if (key !== "/" && key !== "n") this.root.focus({ preventScroll: true });
    };
    this.buttons = {
      keep: makeButton(decide, "K", "Label is right", press("k"), "keep"),
      suggested: makeButton(decide, "Enter", "", press("Enter"), "relabel"),
    };
    this.likeliest = make("div", "likeliest", this.actions);
    this.note = make("input", "note", this.actions);
    const moves = make("div", "moves", this.actions);
    const rest = [
      [decide, "other", "/", "other class", "/", "relabel"],
      [decide, "drop", "X", "drop", "x", "drop"],
      [decide, "noClass", "0", "no class", "0", "drop"],
      [decide, "unsure", "U", "unsure", "u", "unsure"],
      [moves, "skip", "S", "skip", "s", "quiet"],
      [moves, "undo", "Z", "undo", "z", "quiet"],
    ];
    rest.forEach(([parent, name, key, text, pressed, className]) => {
      this.buttons[name] = makeButton(parent, key, text, press(pressed), className);
    });
    this.note.type = "text";
    this.note.maxLength = 2000;
    this.note.placeholder = "N: note for this image";
    this.note.setAttribute("aria-label", "Note for this image");
    this.note.onkeydown = (event) => this.keys.onNoteKey(event);
    this.finder = new Finder(this.actions, (option) => this.deciding.choose(option), () => this.root.focus({ preventScroll: true }));
  }

  // Messages ------------------------------------------------------------------------------------
  receive(header) {
    Object.entries(header.colors).forEach(([name, value]) => this.root.style.setProperty(name, value));
    const isNew = Boolean(header.hello) && header.version !== this.queue?.version; // what was asked meanwhile is answered so, too
    if (isNew) this.begin(header);
    if (!this.queue || header.version !== this.queue.version) return this.asking.askSoon(true);
    if (header.after <= this.sequence) {
      this.opinions.learn(header.opinions, header.ack?.stored ?? []);
      this.sequence = Math.max(this.sequence, header.sequence);
    }
    if (header.ack) this.log.acknowledge(header.ack);
    if (header.progress) this.progress = header.progress;
    this.keep(header);
    if (isNew) this.openAt(header.hello.start);
    this.refresh();
  }

  begin(header) {
    const { hello, version } = header;
    const waiting = this.log ? [...this.log.pending.values()] : []; // in memory alone, where storage is forbidden
    this.log?.close();
    this.opinions = new Opinions(hello.reviewer);
    this.queue = new Queue(hello, version, this.opinions, this.pictures);
    this.sequence = 0;
    this.trail = [];
    this.asking.asked.clear();
    this.progress = undefined;
    this.log = new OperationLog({
      storageKey: hello.storageKey,
      runId: hello.runId,
      send: (operations) => this.send(operations),
      onChange: () => this.showSaved(),
    });
    waiting.forEach((each) => this.log.pending.has(each.id) || this.log.pending.set(each.id, each));
    if (waiting.length) this.log.sendSoon();
    const own = [...this.log.pending.values()].filter((each) => each.run_id === this.log.runId);
    this.opinions.resume(hello.undo, own);
    this.root.classList.toggle("grouped-queue", hello.isGrouped);
    this.flips.parentElement.hidden = !hello.hasFlips;
    this.modeButton.hidden = hello.isGrouped;
    if (hello.isGrouped && this.isMany) this.toggleMode();
    this.queue.filter = this.filter.value;
  }

  openAt(start) {
    const first = this.queue.next(-1);
    this.place = this.address.placeLeft() ?? start ?? (first < 0 ? this.queue.num : first);
    this.trail = [];
    if (this.isMany) this.grid.open(this.place);
    if (!isTyped(deepFocus())) this.root.focus({ preventScroll: true });
  }

  keep(header) {
    const drawn = [];
    header.chunks.forEach((chunk) => {
      this.asking.asked.delete(`chunk ${chunk.number}`);
      this.queue.keep(chunk);
      ["large", "small"].forEach((size) => {
        const sheet = chunk[size];
        if (sheet) drawn.push(this.pictures.keep(`${size}/${this.queue.version}/${chunk.number}`, sheet, header.bytes[sheet.blob]));
      });
    });
    header.exemplars?.classes.forEach(([index, ids]) => this.queue.exemplars.set(index, ids));
    const sheet = header.exemplars?.sheet;
    if (sheet) drawn.push(this.pictures.keep(`small/classes/${this.queue.runId}/${header.turn}/${this.queue.exemplars.size}`, sheet, header.bytes[sheet.blob]));
    header.originals.forEach((each) => {
      if (each.isPending) return this.asking.asked.set(`original ${each.id}`, Date.now() - ASK_AGAIN_MS + PENDING_MS);
      const bytes = typeof each.blob === "number" ? header.bytes[each.blob] : undefined;
      this.originals.keep(each, bytes).then(() => this.root.deck && this.showOriginal(each.id));
    });
    if (drawn.length) Promise.all(drawn).then(() => this.root.deck && this.refresh());
  }

  showOriginal(id) {
    if (!this.isMany) this.single.showOriginal(this.queue.card(this.place), id);
    this.asking.askSoon();
  }

  // Showing -------------------------------------------------------------------------------------
  nameOf(index) {
    return this.queue.classes[index]?.[0] ?? "";
  }

  refresh() {
    if (!this.queue) return;
    const isAtEnd = this.isMany ? !this.queue.nextOnes(this.grid.from, 1).length : this.place >= this.queue.num;
    this.single.box.hidden = this.single.below.hidden = this.isMany || isAtEnd;
    this.grid.box.hidden = !this.isMany || isAtEnd;
    this.end.hidden = !isAtEnd;
    if (isAtEnd) this.showEnd();
    else if (this.isMany) this.grid.show();
    else this.single.show(this.place);
    this.showActions(isAtEnd);
    this.headline.show();
    this.showSaved();
    this.address.writeSoon();
    this.asking.standSoon();
    this.asking.askSoon();
  }

  current() {
    return this.queue.card(this.place)?.members[0];
  }

  showActions(isAtEnd) {
    const isGrouped = this.queue.isGrouped;
    const member = this.isMany ? undefined : this.current();
    const suggested = member?.suggested ?? -1;
    const num = this.grid.marked.size;
    const says = (name, text) => setText(this.buttons[name].querySelector(".says"), text);
    says("keep", isGrouped ? "keep all" : "label is right");
    says("drop", isGrouped ? "drop all" : "drop");
    says("suggested", this.isMany ? "suggested class" : suggested >= 0 ? this.nameOf(suggested) : "no suggestion");
    this.buttons.suggested.title = suggested >= 0 ? this.nameOf(suggested) : "";
    this.buttons.suggested.disabled = !this.isMany && suggested < 0;
    ["suggested", "other", "noClass"].forEach((name) => (this.buttons[name].hidden = isGrouped));
    this.buttons.skip.hidden = this.isMany;
    this.note.hidden = this.isMany || isGrouped || isAtEnd;
    ["keep", "suggested", "other", "drop", "noClass", "unsure", "skip"].forEach((name) => {
      const isOff = isAtEnd || (this.isMany && !num);
      this.buttons[name].disabled = isOff || (name === "suggested" && !this.isMany && suggested < 0);
    });
    this.buttons.undo.disabled = !this.opinions.undoSteps.length;
    this.showLikeliest(member, isGrouped || isAtEnd);
  }

  // Built anew for other classes alone: a redraw while a chip has the focus would take it away.
  showLikeliest(member, isHidden) {
    const shown = isHidden ? [] : member?.likeliest ?? [];
    const key = JSON.stringify(shown.map(([index, share]) => [this.nameOf(index), index === member.label, share]));
    if (this.likeliest.dataset.key === key) return;
    this.likeliest.dataset.key = key;
    this.likeliest.replaceChildren();
    shown.forEach(([index, share], place) => {
      const text = `${this.nameOf(index)} · ${percentWords(share)}`;
      const button = makeButton(this.likeliest, String(place + 1), text, () => {
        this.keys.press(String(place + 1));
        this.root.focus({ preventScroll: true });
      }, index === member.label ? "chip own" : "chip");
      button.title = index === member.label ? `${text}, the label it has` : text;
    });
  }

  showSaved() {
    if (!this.log) return;
    const state = this.log.state;
    this.saved.className = `saved ${state}`;
    const num = this.log.pending.size;
    const words = { saved: "saved ✓", saving: `saving ${num} …` };
    setText(this.saved, words[state] ?? this.log.sentence);
  }

  showEnd() {
    this.end.replaceChildren();
    const { queue } = this;
    const left = queue.filter === "all" ? 0 : queue.nextOnes(0, queue.num).length;
    const cards = left === 1 ? "1 card" : `${left.toLocaleString("en")} cards`;
    const leftWords = { todo: "skipped or not looked at", disputed: "disputed", unsure: "left unsure" }[queue.filter];
    const nothing = { todo: "Every card of this queue is settled.", all: "This queue is empty.",
      disputed: "No card is disputed.", unsure: "Nobody is unsure about a card." }[queue.filter];
    make("h3", "", this.end, queue.num ? "End of the queue" : emptyWords(queue.name));
    if (!queue.num) return;
    make("p", "", this.end, left ? `${cards} ${leftWords}.` : nothing);
    if (left) makeButton(this.end, "", "Go to the first of them", () => this.goTo(queue.next(-1)));
    else if (queue.filter !== "all") makeButton(this.end, "", "Show all cards", () => this.setFilter("all"));
  }

  say(text) {
    setText(this.toast, text);
  }

  // Moving --------------------------------------------------------------------------------------
  goTo(place) {
    if (this.place < this.queue.num && this.place !== place) {
      this.trail = [...this.trail.filter((each) => each !== this.place), this.place].slice(-50);
    }
    this.trail = this.trail.filter((each) => each !== place);
    this.place = place < 0 ? this.queue.num : place;
    this.note.value = "";
    if (this.isMany) this.grid.open(this.place);
    this.refresh();
  }

  advance() {
    this.goTo(this.queue.next(this.place));
  }

  back() {
    const last = this.trail.at(-1);
    if (last !== undefined) {
      this.trail = this.trail.slice(0, -1);
      this.place = last;
      this.note.value = "";
      this.refresh();
    } else if (this.place > 0) {
      this.place -= 1;
      this.refresh();
    }
  }

  setFilter(filter) {
    this.filter.value = filter;
    this.queue.filter = filter;
    this.trail = [];
    if (filter !== "all" || this.place >= this.queue.num) {
      const first = this.queue.next(-1);
      this.place = first < 0 ? this.queue.num : first;
    }
    if (this.isMany) this.grid.open(this.place);
    this.refresh();
    this.root.focus({ preventScroll: true });
  }

  toggleMode() {
    this.isMany = !this.isMany;
    setText(this.modeButton.querySelector(".says"), this.isMany ? "One by one" : "Mark many");
    if (this.isMany) this.grid.open(this.place);
    else if (this.grid.places.length) this.place = this.grid.places[this.grid.at];
    this.refresh();
    this.root.focus({ preventScroll: true });
  }
}

function emptyWords(name) {
  return { mislabels: "No image was triaged.", outliers: "No outlier is known.", duplicates: "No duplicates were found." }[name];
}
