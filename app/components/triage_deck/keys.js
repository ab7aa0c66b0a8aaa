// The keys of the deck: moving, deciding, the note under the picture.

class DeckKeys {
  constructor(deck) {
    this.deck = deck;
  }

  onKey(event) {
    const { deck } = this;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !deck.queue) return;
    const target = event.composedPath()[0];
    if (isElsewhere(target, deck.root, event.key)) return;
    if (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) && target.type !== "checkbox") return;
    if (target.tagName === "BUTTON" && ["Enter", " "].includes(event.key)) return;
    if (deck.isMany && deck.grid.onKey(event)) return event.preventDefault();
    if (event.repeat && !event.key.startsWith("Arrow")) return;
    if (this.press(event.key, event.shiftKey)) event.preventDefault();
  }

  // Whether the key means something here.
  press(key, isShift = false) {
    const { deck } = this;
    const letter = key.length === 1 ? key.toLowerCase() : key;
    const moves = { ArrowLeft: () => deck.back(), Backspace: () => deck.back(), ArrowRight: () => deck.advance(), s: () => deck.advance() };
    if (letter === "z") isShift ? deck.deciding.redo() : deck.deciding.undo();
    else if (letter === "m" && !deck.queue.isGrouped) deck.toggleMode();
    else if (letter in moves && !deck.isMany) moves[letter]();
    else if (letter === "n" && !deck.note.hidden) deck.note.focus();
    else if (letter === "/" && !deck.queue.isGrouped) this.openFinder();
    else return this.decideBy(letter);
    return true;
  }

  decideBy(letter) {
    const { deck } = this;
    const plain = { k: "keep", x: "drop", u: "unsure" };
    if (letter in plain) deck.deciding.decide(() => ({ decision: plain[letter] }));
    else if (deck.queue.isGrouped) return /^[1-9]$/.test(letter) && deck.deciding.keepOne(Number(letter) - 1);
    else if (letter === "0") deck.deciding.decide(() => ({ decision: "no_class" }));
    else if (letter === "Enter") deck.deciding.decide((member) => deck.deciding.relabel(member, member.suggested));
    else if (/^[1-9]$/.test(letter)) deck.deciding.decide((member) => deck.deciding.relabel(member, member.likeliest[letter - 1]?.[0] ?? -1));
    else return false;
    return true;
  }

  openFinder() {
    const { deck } = this;
    if (deck.isMany ? !deck.grid.marked.size : deck.place >= deck.queue.num) return;
    const made = new Set();
    [...deck.opinions.stored.values()].flat().forEach((each) => each.decision === "new_class" && made.add(each.label));
    [...deck.opinions.local.values()].flat().forEach((each) => each.decision === "new_class" && made.add(each.new_label));
    const likeliest = (deck.isMany ? undefined : deck.current())?.likeliest.map(([index]) => index) ?? [];
    deck.finder.open(deck.queue.classes.map(([name]) => name), likeliest, [...made]);
  }

  onNoteKey(event) {
    const { deck } = this;
    event.stopPropagation();
    if (event.key === "Escape") deck.note.value = "";
    else if (event.key !== "Enter") return;
    event.preventDefault();
    deck.root.focus({ preventScroll: true });
    const mine = deck.opinions.mine(deck.queue.ids(deck.place)[0]);
    if (event.key === "Enter" && deck.note.value && mine) this.addNote(mine);
  }

  // A note on an image that is decided already: the same decision again, with the note.
  addNote(mine) {
    const { deck } = this;
    const index = deck.queue.classes.findIndex(([name]) => name === mine.label);
    const exact = index >= 0 ? deck.queue.classes[index][1] : mine.label;
    deck.deciding.store([deck.deciding.operation(deck.queue.ids(deck.place)[0], {
      decision: mine.decision, new_label: exact, label: mine.label, label_index: index,
    })]);
    deck.note.value = "";
    deck.refresh();
  }
}
