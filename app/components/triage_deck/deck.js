// The deck: keys and buttons become decisions, decisions go to the operation log, the next card is there.
// Text reaches the page through textContent and aria-label alone.

const ASK_AFTER_MS = 30;
const PENDING_MS = 150; // until what is being read is asked for again
const ASK_AGAIN_MS = 1500; // what was asked for may have been overtaken by another rerun
const ADDRESS_AFTER_MS = 400;
const TITLES = { mislabels: "Mislabels", outliers: "Outliers", duplicates: "Duplicates" };

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".deck-root");
  root.deck ??= new Deck(root);
  staysBright(root);
  root.deck.ask = (wanted) => setStateValue("wanted", wanted);
  root.deck.send = (operations) => setStateValue("operations", operations);
  root.deck.receive(readMessage(data));
  return () => root.deck?.close();
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
    this.build();
    this.onKeyDown = (event) => this.onKey(event);
    document.addEventListener("keydown", this.onKeyDown);
    this.onBack = () => !document.hidden && this.askSoon(true);
    document.addEventListener("visibilitychange", this.onBack);
    window.addEventListener("focus", this.onBack);
    this.onResize = () => fitted(this.root);
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
    clearTimeout(this.standTimer);
    clearTimeout(this.askTimer);
    clearTimeout(this.askAgainTimer);
    clearTimeout(this.addressTimer);
    this.log?.close();
    this.pictures.close();
    this.originals.close();
    this.root.deck = undefined;
    this.root.replaceChildren();
  }

  build() {
    this.root.tabIndex = -1;
    const bar = make("header", "bar", this.root);
    this.headline = make("div", "headline", bar);
    this.headline.setAttribute("role", "status");
    this.toast = make("div", "toast", bar);
    this.toast.setAttribute("role", "status");
    this.saved = make("div", "saved", bar);
    this.saved.setAttribute("role", "status");
    const second = make("div", "second", this.root);
    this.advice = make("div", "advice", second);
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
      this.press(key);
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
    this.note.onkeydown = (event) => this.onNoteKey(event);
    this.finder = new Finder(this.actions, (option) => this.choose(option), () => this.root.focus({ preventScroll: true }));
  }

  // Messages ------------------------------------------------------------------------------------
  receive(header) {
    Object.entries(header.colors).forEach(([name, value]) => this.root.style.setProperty(name, value));
    if (header.hello) this.begin(header);
    if (!this.queue || header.version !== this.queue.version) return this.askSoon(true);
    if (header.after <= this.sequence) {
      this.opinions.learn(header.opinions, header.ack?.stored ?? []);
      this.sequence = Math.max(this.sequence, header.sequence);
    }
    if (header.ack) this.log.acknowledge(header.ack);
    if (header.progress) this.progress = header.progress;
    this.keep(header);
    if (header.hello) this.openAt(header.hello.start);
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
    this.asked = new Map();
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
    this.place = start ?? (first < 0 ? this.queue.num : first);
    this.trail = [];
    if (this.isMany) this.grid.open(this.place);
    if (!isTyped(deepFocus())) this.root.focus({ preventScroll: true });
  }

  keep(header) {
    const drawn = [];
    header.chunks.forEach((chunk) => {
      this.asked.delete(`chunk ${chunk.number}`);
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
      if (each.isPending) return this.asked.set(`original ${each.id}`, Date.now() - ASK_AGAIN_MS + PENDING_MS);
      const bytes = typeof each.blob === "number" ? header.bytes[each.blob] : undefined;
      this.originals.keep(each, bytes).then(() => this.root.deck && this.showOriginal(each.id));
    });
    if (drawn.length) Promise.all(drawn).then(() => this.root.deck && this.refresh());
  }

  // Asking --------------------------------------------------------------------------------------
  askSoon(isForced = false) {
    this.isForced ||= isForced;
    this.askTimer ??= setTimeout(() => this.askNow(), ASK_AFTER_MS);
  }

  askNow() {
    this.askTimer = undefined;
    const now = Date.now();
    const isFresh = (name) => now - (this.asked?.get(name) ?? 0) < ASK_AGAIN_MS;
    const missing = this.queue?.missing(this.isMany ? this.grid.from : this.place) ?? { chunks: [], classes: [] };
    const waiting = missing.chunks.some((number) => isFresh(`chunk ${number}`));
    const chunks = waiting ? [] : missing.chunks.slice(0, 4);
    const classes = missing.classes.filter((index) => !isFresh(`class ${index}`)).slice(0, 40);
    const originals = this.lackingOriginals();
    const due = originals.filter((id) => !isFresh(`original ${id}`));
    if (chunks.length || classes.length || due.length || this.isForced) {
      chunks.forEach((number) => this.asked.set(`chunk ${number}`, now));
      classes.forEach((index) => this.asked.set(`class ${index}`, now));
      due.forEach((id) => this.asked.set(`original ${id}`, now));
      this.isForced = false;
      const turn = `${randomWord()}`;
      this.ask({ turn, have: this.queue?.version ?? "", after: this.sequence, chunks, classes, originals: due });
    }
    clearTimeout(this.askAgainTimer);
    if (missing.chunks.length || missing.classes.length || !this.queue) {
      this.askAgainTimer = setTimeout(() => this.askSoon(!this.queue), ASK_AGAIN_MS);
    } else if (originals.length) this.askAgainTimer = setTimeout(() => this.askSoon(), PENDING_MS);
  }

  // A card that stands has its original asked for, and that of the next one; one that is passed over has not.
  standSoon() {
    if (this.standing === this.place) return;
    this.standing = undefined;
    clearTimeout(this.standTimer);
    this.standTimer = setTimeout(() => {
      this.standing = this.place;
      this.askSoon();
    }, STANDS_AFTER_MS);
  }

  lackingOriginals() {
    if (!this.queue?.hasOriginals || this.isMany || this.queue.isGrouped || this.standing !== this.place) return [];
    const places = [this.place, this.queue.next(this.place)];
    const ids = places.map((place) => this.queue.card(place)?.members[0]).filter((member) => member && this.isReduced(member));
    return ids.map(({ id }) => id).filter((id) => !this.originals.has(id));
  }

  // Whether the source's picture is larger than the one that came with the card.
  isReduced({ id, size }) {
    const side = this.pictures.longerSide(id);
    return side > 0 && Math.max(...size) > side;
  }

  showOriginal(id) {
    if (!this.isMany && this.current()?.id === id) this.single.showImage(this.queue.card(this.place));
    this.askSoon();
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
    this.showHeadline();
    this.showSaved();
    this.rememberAddress();
    this.standSoon();
    this.askSoon();
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

  showLikeliest(member, isHidden) {
    this.likeliest.replaceChildren();
    if (!member || isHidden) return;
    member.likeliest.forEach(([index, share], place) => {
      const text = `${this.nameOf(index)} · ${percentWords(share)}`;
      const button = makeButton(this.likeliest, String(place + 1), text, () => {
        this.press(String(place + 1));
        this.root.focus({ preventScroll: true });
      }, index === member.label ? "chip own" : "chip");
      button.title = index === member.label ? `${text}, the label it has` : text;
    });
  }

  showHeadline() {
    const { queue, progress } = this;
    const words = [TITLES[queue.name]];
    const place = Math.min(this.place + 1, queue.num).toLocaleString("en");
    if (queue.name === "mislabels") {
      const likely = `about ${queue.numLikely.toLocaleString("en")}`;
      words.push(this.place < queue.numLikely ? `${place} of ${likely}` : `beyond the ${likely} that look wrong`);
      if (progress?.num_reviewed) {
        const share = Math.round((100 * progress.num_found) / progress.num_reviewed);
        words.push(`${progress.num_found.toLocaleString("en")} of ${progress.num_reviewed.toLocaleString("en")} looked at were wrong (${share} %)`);
      }
      if (progress) words.push(`expected in the next 100: ${Math.round(progress.expected_in_next_100)}`);
    } else {
      const what = queue.isGrouped ? "groups" : "images";
      words.push(`${place} of ${queue.num.toLocaleString("en")} ${what}`, `${queue.numSettled().toLocaleString("en")} settled`);
    }
    setText(this.headline, words.join(" · "));
    this.showAdvice();
  }

  showAdvice() {
    const { progress, queue } = this;
    const isShown = queue.name === "mislabels" && Boolean(progress);
    this.advice.hidden = !isShown;
    if (!isShown) return;
    const isNearEnd = progress.is_enough || !progress.num_likely_left;
    setText(this.advice, isNearEnd ? `${progress.left} ${progress.advice}` : progress.left);
    this.advice.title = progress.advice;
    this.advice.classList.toggle("enough", progress.is_enough);
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

  // Not at every key, and not only once they rest: a reload in the middle comes back to nearly the same place.
  rememberAddress() {
    this.addressTimer ??= setTimeout(() => {
      this.addressTimer = undefined;
      if (this.place >= this.queue.num) return;
      const address = new URL(window.location.href);
      address.searchParams.set("queue", this.queue.name);
      address.searchParams.set("example", String(this.queue.ids(this.place)[0]));
      if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
    }, ADDRESS_AFTER_MS);
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

  // Keys ----------------------------------------------------------------------------------------
  onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.queue) return;
    const target = event.composedPath()[0];
    if (isElsewhere(target, this.root, event.key)) return;
    if (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) && target.type !== "checkbox") return;
    if (target.tagName === "BUTTON" && ["Enter", " "].includes(event.key)) return;
    if (this.isMany && this.grid.onKey(event)) return event.preventDefault();
    if (event.repeat && !event.key.startsWith("Arrow")) return;
    if (this.press(event.key, event.shiftKey)) event.preventDefault();
  }

  // Whether the key means something here.
  press(key, isShift = false) {
    const letter = key.length === 1 ? key.toLowerCase() : key;
    const moves = { ArrowLeft: () => this.back(), Backspace: () => this.back(), ArrowRight: () => this.skip(), s: () => this.skip() };
    if (letter === "z") isShift ? this.redo() : this.undo();
    else if (letter === "m" && !this.queue.isGrouped) this.toggleMode();
    else if (letter in moves && !this.isMany) moves[letter]();
    else if (letter === "n" && !this.note.hidden) this.note.focus();
    else if (letter === "/" && !this.queue.isGrouped) this.openFinder();
    else return this.decideBy(letter);
    return true;
  }

  decideBy(letter) {
    const plain = { k: "keep", x: "drop", u: "unsure" };
    if (letter in plain) this.decide(() => ({ decision: plain[letter] }));
    else if (this.queue.isGrouped) return /^[1-9]$/.test(letter) && this.keepOne(Number(letter) - 1);
    else if (letter === "0") this.decide(() => ({ decision: "no_class" }));
    else if (letter === "Enter") this.decide((member) => this.relabel(member, member.suggested));
    else if (/^[1-9]$/.test(letter)) this.decide((member) => this.relabel(member, member.likeliest[letter - 1]?.[0] ?? -1));
    else return false;
    return true;
  }

  openFinder() {
    if (this.isMany ? !this.grid.marked.size : this.place >= this.queue.num) return;
    const made = new Set();
    [...this.opinions.stored.values()].flat().forEach((each) => each.decision === "new_class" && made.add(each.label));
    [...this.opinions.local.values()].flat().forEach((each) => each.decision === "new_class" && made.add(each.new_label));
    const likeliest = (this.isMany ? undefined : this.current())?.likeliest.map(([index]) => index) ?? [];
    this.finder.open(this.queue.classes.map(([name]) => name), likeliest, [...made]);
  }

  onNoteKey(event) {
    event.stopPropagation();
    if (event.key === "Escape") this.note.value = "";
    else if (event.key !== "Enter") return;
    event.preventDefault();
    this.root.focus({ preventScroll: true });
    const mine = this.opinions.mine(this.queue.ids(this.place)[0]);
    if (event.key === "Enter" && this.note.value && mine) this.addNote(mine);
  }

  // A note on an image that is decided already: the same decision again, with the note.
  addNote(mine) {
    const index = this.queue.classes.findIndex(([name]) => name === mine.label);
    const exact = index >= 0 ? this.queue.classes[index][1] : mine.label;
    this.store([this.operation(this.queue.ids(this.place)[0], {
      decision: mine.decision, new_label: exact, label: mine.label, label_index: index,
    })]);
    this.note.value = "";
    this.refresh();
  }

  // Deciding ------------------------------------------------------------------------------------
  // The answer for an image when it is given class `index`; undefined where that is none.
  relabel(member, index) {
    if (index < 0) return undefined;
    if (index === member.label) return { decision: "keep" };
    const [label, name] = this.queue.classes[index];
    return { decision: "relabel", new_label: name, label_index: index, label };
  }

  choose({ decision, index, name }) {
    if (decision === "relabel") return this.decide((member) => this.relabel(member, index));
    return this.decide(() => ({ decision, new_label: decision === "new_class" ? name : "", label: name }));
  }

  // answer(member) -> {decision, new_label, label}; an image that cannot be seen yet is not decided.
  decide(answer) {
    const places = this.isMany ? [...this.grid.marked].sort((a, b) => a - b) : [this.place];
    const batch = places.length > 1 || this.queue.isGrouped ? randomWord() : "";
    const operations = [];
    places.filter((place) => place < this.queue.num && this.queue.isReady(place)).forEach((place) => {
      const members = this.queue.card(place).members;
      const answers = members.map((member) => [member, answer(member)]).filter(([, each]) => each);
      operations.push(...answers.map(([member, each]) => this.operation(member.id, each, batch)));
      if (answers.length) this.grid.marked.delete(place);
    });
    if (!operations.length) return this.say(this.whyNothing(places));
    this.store(operations);
    if (this.isMany) this.refresh();
    else this.advance();
  }

  whyNothing(places) {
    if (!places.length) return "Mark some images first.";
    if (places.some((place) => place < this.queue.num && !this.queue.isReady(place))) return "Loading: not decided.";
    return "The models suggest no other class.";
  }

  // Of a group: keeps one image and drops the others.
  keepOne(at) {
    const members = this.queue.card(this.place)?.members ?? [];
    if (at >= members.length || !this.queue.isReady(this.place)) return true;
    const batch = randomWord();
    this.store(members.map((member, place) => this.operation(member.id, { decision: place === at ? "keep" : "drop" }, batch)));
    this.advance();
    this.root.focus({ preventScroll: true });
    return true;
  }

  operation(id, answer, batch = "") {
    const note = this.isMany || this.queue.isGrouped ? "" : this.note.value;
    return { new_label: "", label: "", ...answer, example_id: id, note, queue: this.queue.name, batch };
  }

  store(operations) {
    const done = operations.map((each) => ({ ...each, id: this.log.add(each) }));
    this.opinions.did(done);
    this.say("");
  }

  undo() {
    const step = this.opinions.undoSteps.pop();
    if (!step) return this.say("Nothing to undo.");
    const undoing = this.takeBack(step.operations);
    this.opinions.redoSteps.push({ step, undoing });
    this.after(step, "Undone");
  }

  redo() {
    const found = this.opinions.redoSteps.pop();
    if (!found) return this.say("Nothing to redo.");
    this.takeBack(found.undoing);
    this.opinions.push(found.step);
    const place = this.after(found.step, "Done again");
    if (place >= 0 && !this.isMany) this.advance();
  }

  takeBack(operations) {
    const batch = operations.length > 1 ? randomWord() : "";
    return operations.map((each) => {
      const undo = { decision: "undo", new_label: each.id, example_id: each.example_id, queue: this.queue.name, batch };
      const done = { ...undo, id: this.log.add(undo) };
      this.opinions.lay(done);
      return done;
    });
  }

  after(step, word) {
    const [first] = step.operations;
    const place = this.queue.placeOf(first.example_id);
    const what = step.operations.length > 1 ? `${step.operations.length} decisions` : opinionWords(first);
    this.say(place < 0 ? `${word}: ${what} on example ${first.example_id}, which is not in this queue.` : `${word}: ${what}.`);
    if (place >= 0 && !this.isMany) {
      this.trail = this.trail.filter((each) => each !== place);
      this.place = place;
    }
    this.refresh();
    return place;
  }

  skip() {
    this.advance();
  }
}

// Streamlit dims what is being rerun; here each decision is a rerun, and the card is as good as before.
function staysBright(root) {
  const container = root.getRootNode().host?.closest("[data-testid=stElementContainer]");
  container?.style.setProperty("opacity", "1", "important");
}

function makeLabel(parent, text, isAfter = false) {
  const label = make("label", "", parent);
  if (isAfter) queueMicrotask(() => label.append(text));
  else label.append(`${text} `);
  return label;
}

// Keys typed into other parts of the page are not for the deck, nor those that press or move along a control.
function isElsewhere(target, root, key) {
  if (root.contains(target)) return false;
  if (isTyped(target)) return true;
  const isLetter = key.length === 1 && key !== " ";
  return ["BUTTON", "A"].includes(target.tagName) && !isLetter;
}

function isTyped(target) {
  return Boolean(target?.isContentEditable) || ["INPUT", "TEXTAREA", "SELECT", "IFRAME"].includes(target?.tagName);
}

// What has the focus, also inside of components.
function deepFocus() {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found;
}

function emptyWords(name) {
  return { mislabels: "No image was triaged.", outliers: "No outlier is known.", duplicates: "No duplicates were found." }[name];
}
