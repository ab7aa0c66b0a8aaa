// One card: the image with what is needed to judge it, or the members of a group side by side.

const STRIP_EACH_SIDE = 10;
const FACT_LINE = 18.2; // pixels, a line of facts

class SingleView {
  constructor(root, deck) {
    this.deck = deck;
    this.box = make("section", "single", root);
    this.stage = make("div", "stage", this.box);
    this.given = new ExemplarPanel(this.stage);
    this.focus = make("div", "focus", this.stage);
    this.words = make("div", "words", undefined);
    this.suggested = new ExemplarPanel(this.stage);
    this.picture = make("canvas", "picture main", this.focus);
    this.picture.setAttribute("role", "img");
    this.focus.append(this.words);
    this.title = make("div", "labelled", this.words);
    this.flip = make("div", "flip", this.words);
    this.votes = make("div", "votes", this.words);
    this.missing = make("div", "missing", this.words);
    this.opinions = make("div", "opinions", this.words);
    this.facts = make("div", "facts", this.words);
    this.members = make("div", "members", this.stage);
    this.near = make("div", "near", this.box);
    this.below = make("section", "below", root); // under the buttons
    this.nearWord = make("div", "word", this.near, "nearest");
    this.nearTiles = [];
    this.strip = make("div", "strip", this.below);
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", "Cards before and after");
    this.stripTiles = Array.from({ length: 2 * STRIP_EACH_SIDE + 1 }, () => this.stripTile());
  }

  stripTile() {
    const tile = make("button", "strip-tile", this.strip);
    tile.type = "button";
    tile.canvas = make("canvas", "picture", tile);
    tile.badge = make("span", "badge none", tile);
    tile.onclick = () => tile.place >= 0 && this.deck.goTo(tile.place);
    return tile;
  }

  show(place) {
    const { queue } = this.deck;
    const card = queue.card(place);
    const isReady = queue.isReady(place);
    this.stage.classList.toggle("grouped", queue.isGrouped);
    this.stage.classList.toggle("waiting", !isReady);
    this.box.dataset.place = String(place);
    this.box.dataset.ready = String(isReady);
    if (queue.isGrouped) this.showGroup(card);
    else this.showImage(card);
    this.showOpinions(place);
    this.fitFacts();
    this.showStrip(place);
  }

  // As many lines of facts as the words above them leave room for; the title has them all.
  fitFacts() {
    const room = parseFloat(getComputedStyle(this.words).maxHeight) - (this.facts.offsetTop - this.words.offsetTop);
    this.facts.style.webkitLineClamp = String(Math.max(1, Math.floor(room / FACT_LINE)) || 1);
  }

  showImage(card) {
    const { queue, pictures } = this.deck;
    const member = card?.members[0];
    const { originals } = this.deck;
    originals.draw(this.picture, member?.id) || pictures.draw(this.picture, member?.id, "large");
    const name = member ? this.deck.nameOf(member.label) : "";
    setText(this.title, member ? `labelled ${name}` : "loading");
    this.title.title = this.title.textContent; // a long name is cut: nothing below it is pushed away
    this.picture.setAttribute("aria-label", member ? `image labelled ${name}` : "loading");
    this.showFlip(this.flip, member);
    this.votes.replaceChildren();
    member?.votes.forEach((vote) => this.showVote(vote));
    const original = originals.words(member?.id);
    setText(this.missing, original.missing);
    setText(this.facts, member ? this.factWords(original.fact ? [...member.facts, [original.fact, ""]] : member.facts) : "");
    this.facts.title = this.facts.textContent;
    this.given.show(this.deck, member ? member.label : -1, "labelled");
    const other = member ? otherClass(member) : -1;
    this.suggested.show(this.deck, other, member && member.suggested >= 0 ? "suggested" : "next likeliest");
    this.showNear(member?.near ?? []);
    this.box.dataset.example = member ? String(member.id) : "";
  }

  // A source key often names the true class: it stays hidden as long as the planted flips do.
  factWords(facts) {
    const isHidden = this.deck.queue.hasFlips && !this.deck.showsFlips;
    const shown = facts.filter(([word]) => !isHidden || word !== "source key");
    return shown.map((each) => each.filter(Boolean).join(" ")).join(" · ");
  }

  showFlip(element, member) {
    const isShown = Boolean(member) && member.was >= 0 && this.deck.showsFlips;
    element.hidden = !isShown;
    setText(element, isShown ? `◆ flipped on purpose, was ${this.deck.nameOf(member.was)}` : "");
  }

  showVote({ isHeldOut, num, says }) {
    const line = make("div", isHeldOut ? "vote held-out" : "vote trained", this.votes);
    const who = `${says[0][1]} of ${num} model${num === 1 ? "" : "s"}`;
    const said = make("span", "says", line, says.length === 1 ? `${who} say${num === 1 ? "s" : ""} ` : `${num} models differ: `);
    says.forEach(([index, count, share], place) => {
      const name = this.deck.nameOf(index), by = says.length === 1 && count === num ? "" : ` (${count})`;
      if (place) said.append(", ");
      make("span", "name", said, `“${name}`).title = name;
      said.append(`”, p ${share > 0.99 ? "> 0.99" : share.toFixed(2)}${by}`);
    });
    make("span", "how", line, isHeldOut ? "did not train on it" : "trained on it");
  }

  showNear(near) {
    this.near.hidden = !near.length;
    near.forEach(([id, label], place) => {
      this.nearTiles[place] ??= makeTile(this.near, "near-tile");
      const tile = this.nearTiles[place];
      tile.hidden = false;
      this.deck.pictures.draw(tile.canvas, id, "small");
      setText(tile.caption, this.deck.nameOf(label));
      tile.canvas.title = this.deck.nameOf(label);
    });
    this.nearTiles.slice(near.length).forEach((tile) => (tile.hidden = true));
  }

  showGroup(card) {
    this.near.hidden = true;
    const buttons = () => [...this.members.querySelectorAll("button")];
    const focused = buttons().indexOf(this.members.getRootNode().activeElement);
    this.members.replaceChildren();
    const members = card?.members ?? [];
    const example = members.length ? String(members[0].id) : "";
    const isSame = this.box.dataset.example === example;
    this.box.dataset.example = example;
    members.forEach((member, place) => this.showMember(member, place));
    const more = card ? card.numMembers - members.length : 0;
    if (more > 0) make("div", "more", this.members, `and ${more} more`);
    if (card) make("div", "marks", this.members, card.marks.join(" · "));
    if (isSame) buttons()[focused]?.focus({ preventScroll: true }); // a redraw leaves the keyboard where it was
  }

  // An original has come: the card that shows its image is drawn anew.
  showOriginal(card, id) {
    const { isGrouped } = this.deck.queue;
    if (isGrouped && card?.members.some((member) => member.id === id)) this.showGroup(card);
    else if (!isGrouped && card?.members[0]?.id === id) this.showImage(card);
  }

  showMember(member, place) {
    const { originals, pictures } = this.deck;
    const tile = makeTile(this.members, "member");
    originals.draw(tile.canvas, member.id) || pictures.draw(tile.canvas, member.id, "large");
    tile.canvas.setAttribute("role", "img");
    tile.canvas.setAttribute("aria-label", `image labelled ${this.deck.nameOf(member.label)}`);
    const line = make("div", "labelled", tile.caption);
    if (place < 9) make("kbd", "", line, String(place + 1));
    make("span", "", line, this.deck.nameOf(member.label));
    fillBadge(make("span", "", tile.caption), this.deck.opinions.mine(member.id) ?? this.deck.opinions.others(member.id)[0]);
    const flip = make("div", "flip", tile.caption);
    this.showFlip(flip, member);
    const facts = member.facts.filter(([word]) => ["split", "example", "source key"].includes(word));
    const [width, height] = member.size;
    make("div", "facts", tile.caption, this.factWords([[`${width}\u00a0×\u00a0${height}`, ""], ...facts]));
    const suggested = member.suggested >= 0 ? `models say ${this.deck.nameOf(member.suggested)}` : "models agree";
    make("div", "facts", tile.caption, suggested);
    const { missing } = originals.words(member.id);
    if (missing) make("div", "facts", tile.caption, missing);
    const button = makeButton(tile.caption, "", "Keep this, drop the others", () => this.deck.deciding.keepOne(place));
    button.setAttribute("aria-label", `Keep image ${place + 1}, drop the others`);
  }

  // The decisions on the card so far: this reviewer's, others', that they differ, notes.
  showOpinions(place) {
    const { opinions, queue } = this.deck;
    const ids = place >= 0 && place < queue.num && !queue.isGrouped ? queue.ids(place) : [];
    this.opinions.replaceChildren();
    ids.forEach((id) => {
      const all = opinions.all(id);
      if (opinions.isDisputed(id)) make("span", "disputed", this.opinions, "Reviewers differ:");
      const mine = opinions.mine(id);
      all.forEach((opinion) => {
        const who = opinion === mine || opinion.who === opinions.reviewer ? "you" : opinion.who;
        const line = make("span", "opinion", this.opinions);
        make("span", "who", line, `${who}: `);
        fillBadge(make("span", "", line), opinion);
        if (opinion.note) make("span", "note-text", line, `“${opinion.note}”`);
      });
    });
  }

  showStrip(place) {
    const { queue, opinions, pictures } = this.deck;
    const ahead = queue.nextOnes(place + 1, STRIP_EACH_SIDE);
    const seen = this.deck.trail.filter((each) => each !== place).slice(-STRIP_EACH_SIDE);
    const places = [...padded(seen, STRIP_EACH_SIDE), place, ...ahead];
    this.stripTiles.forEach((tile, at) => {
      const shown = places[at] ?? -1;
      tile.place = shown;
      tile.style.visibility = shown < 0 ? "hidden" : "";
      if (shown < 0) return;
      const id = queue.ids(shown)[0];
      pictures.draw(tile.canvas, id, "large");
      fillBadge(tile.badge, opinions.mine(id) ?? opinions.others(id)[0]);
      tile.badge.textContent = tile.badge.textContent.slice(0, 1);
      tile.classList.toggle("current", shown === place);
      tile.setAttribute("aria-label", `card ${shown + 1}`);
      if (shown === place) tile.setAttribute("aria-current", "true");
      else tile.removeAttribute("aria-current");
    });
  }
}

// Typical images of a class; drawn anew only where the class changes.
class ExemplarPanel {
  constructor(parent) {
    this.box = make("div", "exemplars", parent);
    this.title = make("div", "exemplar-title", this.box);
    this.tiles = make("div", "exemplar-tiles", this.box);
  }

  show(deck, index, word) {
    const ids = deck.queue.exemplars.get(index) ?? [];
    const isDrawn = ids.every((id) => deck.pictures.places.small.has(id));
    const key = `${index}/${word}/${ids.length}/${isDrawn}`;
    if (this.key === key) return;
    this.key = key;
    this.title.replaceChildren();
    if (index >= 0) {
      make("span", "word", this.title, `${word} `);
      make("strong", "", this.title, deck.nameOf(index));
      this.title.title = `${word} ${deck.nameOf(index)}`;
    }
    this.tiles.replaceChildren();
    ids.forEach((id) => {
      const canvas = make("canvas", "picture", this.tiles);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `typical ${deck.nameOf(index)}`);
      deck.pictures.draw(canvas, id, "small");
    });
    if (index >= 0 && !ids.length && deck.queue.exemplars.has(index)) make("div", "word", this.tiles, "no typical image known");
  }
}

// What stands on the right: the suggested class, else the likeliest that is not the label.
function otherClass(member) {
  if (member.suggested >= 0) return member.suggested;
  const other = member.likeliest.find(([index]) => index !== member.label);
  return other ? other[0] : -1;
}

function padded(places, count) {
  return [...Array(count - places.length).fill(-1), ...places];
}
