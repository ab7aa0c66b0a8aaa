// The numbers beside the window: accuracy, differences, what is inside, classes that starve.

const MOST_CLASSES = 12;
const SIGNS = { better: "▲", worse: "▼", alike: "≈", unknown: "·" };

class Readout {
  constructor(root, onField) {
    this.fields = element("div", "fields", root);
    this.keep = this.field("Keep", "% of the images", onField);
    this.offset = this.field("from offset", "%", onField);
    this.count = this.field("that is", "", onField);
    this.of = this.count.parentElement.querySelector(".unit");
    this.cards = element("div", "cards", root);
    this.accuracy = this.card("accuracy");
    this.random = this.card("random");
    this.everything = this.card("everything");
  }

  field(before, after, onField) {
    const label = element("label", "field", this.fields);
    element("span", "", label, before);
    const input = element("input", "", label);
    element("span", "unit", label, after);
    input.type = "number";
    input.step = "any";
    input.min = "0";
    input.onchange = () => onField(input);
    input.onkeydown = (event) => event.stopPropagation();
    return input;
  }

  card(name) {
    const card = element("div", `number ${name}`, this.cards);
    return {
      card,
      title: element("div", "title", card),
      value: element("div", "value", card),
      note: element("div", "note", card),
    };
  }

  // place: {keep, offset, start, stop, num}. accuracies: an Accuracies. header: as sent.
  show(place, accuracies, header) {
    [[this.keep, fieldPercent(place.keep)], [this.offset, fieldPercent(place.offset)], [this.count, String(place.stop - place.start)]]
      .filter(([input]) => input.getRootNode().activeElement !== input || input.dataset.settled)
      .forEach(([input, value]) => (input.value !== value && (input.value = value)));
    say(this.of, `of ${grouped(place.num)} images`);
    const found = accuracies.at(place.keep, place.offset);
    this.found = found;
    this.showAccuracy(found, header);
    const random = accuracies.random(place.keep);
    this.showDifference(this.random, found, random, "Against random of this size", randomNote(random, header));
    this.showDifference(this.everything, found, accuracies.all, "Against all images", accuracies.all ? ofWords(accuracies.all) : "not run");
    return found;
  }

  showAccuracy(found, header) {
    const { card, title, value, note } = this.accuracy;
    card.classList.toggle("untrusted", Boolean(found) && !found.isTrusted);
    const split = header.split ?? "validation";
    say(title, found?.isMeasured ? `Measured ${split} accuracy` : `Predicted ${split} accuracy`);
    say(value, found ? `${percent(found.mean)} %` : "\u2013");
    say(note, found ? accuracyNote(found) : header.why);
  }

  showDifference({ card, title, value, note }, found, other, words, about) {
    say(title, words);
    const told = found && other ? difference(found, other) : null;
    card.dataset.word = told && (!found || found.isTrusted) ? told.word : "unknown";
    say(value, told ? `${SIGNS[card.dataset.word]} ${signed(told.change)}${told.error === null ? "" : ` ± ${percent(told.error)}`}` : "\u2013");
    const judged = { better: "better", worse: "worse", alike: "within what seeds scatter", unknown: told && told.error === null ? "one seed cannot say" : "" }[card.dataset.word];
    say(note, [judged, about].filter(Boolean).join(" · "));
  }
}

function accuracyNote(found) {
  const ends = interval(found);
  const between = ends ? `95 %: ${percent(ends[0])} to ${percent(ends[1])}` : "one seed: no interval";
  const how = found.isMeasured ? seedsWords(found.seeds) : found.isTrusted ? "not measured" : "not trusted: far from all that was measured";
  return `${between} · ${how}`;
}

function ofWords(mean) {
  return `${percent(mean.mean)} %, ${seedsWords(mean.seeds)}`;
}

function randomNote(random, header) {
  if (!random) return header.random.length ? "this size lies beyond those run" : "not run";
  if (random.isMeasured) return ofWords(random);
  return `about ${percent(random.mean)} %, between those at ${percent(random.low, 0)} and ${percent(random.high, 0)} %`;
}

// What lies inside, and the share that each class keeps.
class Inside {
  constructor(root, onFocus) {
    this.facts = element("dl", "facts", element("section", "about", root));
    const classes = element("section", "classes", root);
    this.heading = element("h4", "", classes);
    this.rows = element("div", "rows", classes);
    this.warning = element("p", "warning", classes);
    this.warning.setAttribute("role", "status");
    this.onFocus = onFocus;
  }

  show(place, counts, header, focus) {
    const kept = place.stop - place.start;
    const facts = [
      header.hasFlips && ["◆ flipped on purpose", FLIPPED],
      header.hasSuspects && ["! looks wrong", SUSPECT],
      ["✓ decided on", SETTLED],
    ].filter(Boolean);
    this.drawFacts(facts.map(([name, bit]) => {
      const inside = counts.flagged(bit, place.start, place.stop), all = counts.flagged(bit, 0, place.num);
      return [name, `${share(inside, kept)} of kept`, all ? `${grouped(inside)} of ${grouped(all)}` : "none"];
    }));
    this.drawClasses(place, counts, header, focus);
  }

  drawFacts(rows) {
    while (this.facts.children.length > 3 * rows.length) this.facts.lastChild.remove();
    while (this.facts.children.length < 3 * rows.length) element(this.facts.children.length % 3 ? "dd" : "dt", "", this.facts);
    rows.flat().forEach((text, each) => say(this.facts.children[each], text));
  }

  drawClasses(place, counts, header, focus) {
    const kept = counts.classes(place.start, place.stop), keep = (place.stop - place.start) / place.num;
    const all = [...header.classNames.keys()].filter((each) => counts.totals[each]);
    const starving = all.filter((each) => starves(kept[each], counts.totals[each], keep));
    const shareOf = (each) => kept[each] / counts.totals[each];
    const shown = all.length <= MOST_CLASSES ? all : [...all].sort((a, b) => shareOf(a) - shareOf(b)).slice(0, MOST_CLASSES);
    say(this.heading, all.length > shown.length ? `Kept of each class: the ${shown.length} lowest of ${all.length}` : "Kept of each class");
    while (this.rows.children.length > shown.length) this.rows.lastChild.remove();
    while (this.rows.children.length < shown.length) this.rows.append(this.row());
    shown.forEach((each, place) => this.fill(this.rows.children[place], each, header, shareOf(each), starving.includes(each), focus));
    this.rows.style.setProperty("--keep", `${100 * keep}%`);
    this.starving = starving;
    this.warning.hidden = !starving.length;
    const names = starving.slice(0, 4).map((each) => header.classNames[each]).join(", ");
    const more = starving.length > 4 ? ` and ${starving.length - 4} more` : "";
    const words = starving.length ? `${starving.length === 1 ? "One class starves" : `${starving.length} classes starve`}: ${names}${more}` : "";
    say(this.warning, words);
  }

  row() {
    const row = element("button", "class");
    row.type = "button";
    ["name", "track", "share"].forEach((name) => element("span", name, row));
    element("span", "bar", row.children[1]);
    row.onclick = () => this.onFocus(Number(row.dataset.label));
    return row;
  }

  fill(row, label, header, kept, isStarving, focus) {
    const [name, track, number] = row.children;
    row.dataset.label = label;
    row.classList.toggle("starving", isStarving);
    row.setAttribute("aria-pressed", String(label === focus));
    say(name, `${isStarving ? "! " : ""}${header.classNames[label]}`);
    row.title = name.textContent;
    track.firstChild.style.transform = `scaleX(${kept})`;
    say(number, `${percent(kept, 0)} %`);
  }
}
