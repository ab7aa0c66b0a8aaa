// From an answer to operations in the log, their undo and redo.

class Deciding {
  constructor(deck) {
    this.deck = deck;
  }

  // The answer for an image when it is given class `index`; undefined where that is none.
  relabel(member, index) {
    if (index < 0) return undefined;
    if (index === member.label) return { decision: "keep" };
    const [label, name] = this.deck.queue.classes[index];
    return { decision: "relabel", new_label: name, label_index: index, label };
  }

  choose({ decision, index, name }) {
    if (decision === "relabel") return this.decide((member) => this.relabel(member, index));
    return this.decide(() => ({ decision, new_label: decision === "new_class" ? name : "", label: name }));
  }

  // answer(member) -> {decision, new_label, label}; an image that cannot be seen yet is not decided.
  decide(answer) {
    const { deck } = this;
    const places = deck.isMany ? [...deck.grid.marked].sort((a, b) => a - b) : [deck.place];
    const batch = places.length > 1 || deck.queue.isGrouped ? randomWord() : "";
    const operations = [];
    places.filter((place) => place < deck.queue.num && deck.queue.isReady(place)).forEach((place) => {
      const members = deck.queue.card(place).members;
      const answers = members.map((member) => [member, answer(member)]).filter(([, each]) => each);
      operations.push(...answers.map(([member, each]) => this.operation(member.id, each, batch)));
      if (answers.length) deck.grid.marked.delete(place);
    });
    if (!operations.length) return deck.say(this.whyNothing(places));
    this.store(operations);
    if (deck.isMany) deck.refresh();
    else deck.advance();
  }

  whyNothing(places) {
    if (!places.length) return "Mark some images first.";
    if (places.some((place) => place < this.deck.queue.num && !this.deck.queue.isReady(place))) return "Loading: not decided.";
    return "The models suggest no other class.";
  }

  // Of a group: keeps one image and drops the others.
  keepOne(at) {
    const { deck } = this;
    const members = deck.queue.card(deck.place)?.members ?? [];
    if (at >= members.length || !deck.queue.isReady(deck.place)) return true;
    const batch = randomWord();
    this.store(members.map((member, place) => this.operation(member.id, { decision: place === at ? "keep" : "drop" }, batch)));
    deck.advance();
    deck.root.focus({ preventScroll: true });
    return true;
  }

  operation(id, answer, batch = "") {
    const { deck } = this;
    const note = deck.isMany || deck.queue.isGrouped ? "" : deck.note.value;
    return { new_label: "", label: "", ...answer, example_id: id, note, queue: deck.queue.name, batch };
  }

  store(operations) {
    const { deck } = this;
    const done = operations.map((each) => ({ ...each, id: deck.log.add(each) }));
    deck.opinions.did(done);
    deck.say("");
  }

  undo() {
    const { deck } = this;
    const step = deck.opinions.undoSteps.pop();
    if (!step) return deck.say("Nothing to undo.");
    const undoing = this.takeBack(step.operations);
    deck.opinions.redoSteps.push({ step, undoing });
    this.after(step, "Undone");
  }

  redo() {
    const { deck } = this;
    const found = deck.opinions.redoSteps.pop();
    if (!found) return deck.say("Nothing to redo.");
    this.takeBack(found.undoing);
    deck.opinions.push(found.step);
    const place = this.after(found.step, "Done again");
    if (place >= 0 && !deck.isMany) deck.advance();
  }

  takeBack(operations) {
    const { deck } = this;
    const batch = operations.length > 1 ? randomWord() : "";
    return operations.map((each) => {
      const undo = { decision: "undo", new_label: each.id, example_id: each.example_id, queue: deck.queue.name, batch };
      const done = { ...undo, id: deck.log.add(undo) };
      deck.opinions.lay(done);
      return done;
    });
  }

  after(step, word) {
    const { deck } = this;
    const [first] = step.operations;
    const place = deck.queue.placeOf(first.example_id);
    const what = step.operations.length > 1 ? `${step.operations.length} decisions` : opinionWords(first);
    deck.say(place < 0 ? `${word}: ${what} on example ${first.example_id}, which is not in this queue.` : `${word}: ${what}.`);
    if (place >= 0 && !deck.isMany) {
      deck.trail = deck.trail.filter((each) => each !== place);
      deck.place = place;
    }
    deck.refresh();
    return place;
  }
}
