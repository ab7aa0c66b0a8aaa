// The queue in this tab: its order, the cards that came, which come next, which to ask for.

const AHEAD = 160; // cards asked for before they are needed
const BEHIND = 20;
const CHUNKS_KEPT = 60;
const FILTERS = [
  ["todo", "to do"],
  ["all", "all"],
  ["disputed", "disputed"],
  ["unsure", "unsure"],
];

class Queue {
  constructor(hello, version, opinions, pictures) {
    Object.assign(this, hello);
    this.version = version;
    this.opinions = opinions;
    this.pictures = pictures;
    this.chunks = new Map(); // number -> cards; the most recently used last
    this.exemplars = new Map(); // class -> example_ids
    this.filter = "todo";
    this.skipped = new Set();
    this.num = hello.order.length;
  }

  ids(place) {
    return this.isGrouped ? this.order[place] : [this.order[place]];
  }

  placeOf(id) {
    return this.order.findIndex((each) => (this.isGrouped ? each.includes(id) : each === id));
  }

  card(place) {
    const cards = this.chunks.get(Math.floor(place / this.chunkSize));
    return cards?.[place % this.chunkSize];
  }

  // Whether a card can be judged: it came, and its pictures are there to be seen.
  isReady(place) {
    const card = this.card(place);
    return Boolean(card) && card.members.every((each) => this.pictures.has(each.id));
  }

  isSettled(place) {
    return this.ids(place).every((id) => this.opinions.isSettled(id));
  }

  matches(place) {
    const ids = this.ids(place);
    if (this.filter === "todo") return !ids.every((id) => this.opinions.isSettled(id));
    if (this.filter === "disputed") return ids.some((id) => this.opinions.isDisputed(id));
    if (this.filter === "unsure") return ids.some((id) => this.opinions.isUnsure(id));
    return true;
  }

  // The next place that is shown, after `from`; -1 behind the last.
  next(from) {
    for (let place = from + 1; place < this.num; place++) if (this.matches(place)) return place;
    return -1;
  }

  previous(from) {
    return from > 0 ? from - 1 : -1;
  }

  nextOnes(from, count) {
    const places = [];
    for (let place = from; place < this.num && places.length < count; place++) {
      if (this.matches(place)) places.push(place);
    }
    return places;
  }

  numSettled() {
    let num = 0;
    for (let place = 0; place < this.num; place++) if (this.isSettled(place)) num++;
    return num;
  }

  // Chunks and classes that are lacking around a place, the nearest first.
  missing(place) {
    const ahead = this.nextOnes(Math.max(0, place), this.isGrouped ? AHEAD / 4 : AHEAD);
    const behind = Array.from({ length: Math.min(BEHIND, place) }, (_, back) => place - back - 1);
    const wanted = [place, ...ahead.slice(0, 30), ...behind, ...ahead.slice(30)].filter((each) => each >= 0);
    const numbers = [...new Set(wanted.map((each) => Math.floor(each / this.chunkSize)))];
    numbers.forEach((number) => this.touch(number));
    const chunks = numbers.filter((number) => number * this.chunkSize < this.num && !this.chunks.has(number));
    return { chunks, classes: this.missingClasses() };
  }

  missingClasses() {
    const named = new Set();
    this.chunks.forEach((cards) => cards.forEach((card) => card.members.forEach(({ label, suggested }) => {
      [label, suggested].forEach((each) => each >= 0 && !this.exemplars.has(each) && named.add(each));
    })));
    return [...named];
  }

  touch(number) {
    const cards = this.chunks.get(number);
    if (!cards) return;
    this.chunks.delete(number);
    this.chunks.set(number, cards);
  }

  keep(chunk) {
    this.chunks.set(chunk.number, chunk.cards);
    while (this.chunks.size > CHUNKS_KEPT) {
      const oldest = this.chunks.keys().next().value;
      this.chunks.delete(oldest);
      this.pictures.drop(`large/${this.version}/${oldest}`);
      this.pictures.drop(`small/${this.version}/${oldest}`);
    }
  }
}
