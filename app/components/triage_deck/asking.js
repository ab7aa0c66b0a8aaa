// What the deck asks the server for: cards around the place, exemplars, originals; again where an answer was lost.

const ASK_AFTER_MS = 30;
const PENDING_MS = 150; // until what is being read is asked for again
const ASK_AGAIN_MS = 1500; // what was asked for may have been overtaken by another rerun

class Asking {
  constructor(deck) {
    this.deck = deck;
    this.asked = new Map(); // what was asked for, and when
  }

  close() {
    [this.standTimer, this.askTimer, this.askAgainTimer].forEach((timer) => clearTimeout(timer));
  }

  askSoon(isForced = false) {
    this.isForced ||= isForced;
    this.askTimer ??= setTimeout(() => this.askNow(), ASK_AFTER_MS);
  }

  askNow() {
    const { deck } = this;
    this.askTimer = undefined;
    const now = Date.now();
    const isFresh = (name) => now - (this.asked.get(name) ?? 0) < ASK_AGAIN_MS;
    const missing = deck.queue?.missing(deck.isMany ? deck.grid.from : deck.place) ?? { chunks: [], classes: [] };
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
      deck.ask({ turn, have: deck.queue?.version ?? "", after: deck.sequence, chunks, classes, originals: due });
    }
    clearTimeout(this.askAgainTimer);
    if (missing.chunks.length || missing.classes.length || !deck.queue) {
      this.askAgainTimer = setTimeout(() => this.askSoon(!deck.queue), ASK_AGAIN_MS);
    } else if (originals.length) this.askAgainTimer = setTimeout(() => this.askSoon(), PENDING_MS);
  }

  // A card that stands has its original asked for, and that of the next one; one that is passed over has not.
  standSoon() {
    if (this.standing === this.deck.place) return;
    this.standing = undefined;
    clearTimeout(this.standTimer);
    this.standTimer = setTimeout(() => {
      this.standing = this.deck.place;
      this.askSoon();
    }, STANDS_AFTER_MS);
  }

  lackingOriginals() {
    const { deck } = this;
    if (!deck.queue?.hasOriginals || deck.isMany || this.standing !== deck.place) return [];
    const lacking = this.enlargeable().filter((member) => this.isReduced(member) && !deck.originals.has(member.id));
    return lacking.slice(0, ORIGINALS_ASKED).map(({ id }) => id);
  }

  // The images that stand large on the card: all of a group, else this one, and the next one ahead of time.
  enlargeable() {
    const { place, queue } = this.deck;
    if (queue.isGrouped) return queue.card(place)?.members.slice(0, ORIGINALS_KEPT) ?? [];
    return [place, queue.next(place)].map((each) => queue.card(each)?.members[0]).filter(Boolean);
  }

  // Whether the source's picture is larger than the one that came with the card.
  isReduced({ id, size }) {
    const side = this.deck.pictures.longerSide(id);
    return side > 0 && Math.max(...size) > side;
  }
}
