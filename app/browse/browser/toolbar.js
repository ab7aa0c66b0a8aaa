// The toolbar: score, order, filters, size, saved views; and the chips of the filters that are set.

class Toolbar {
  constructor(parent, page) {
    this.page = page;
    this.root = built("div", parent, { className: "toolbar", label: "Sort and filter" });
    this.root.setAttribute("role", "group");
    this.score = choice(this.root, "Sort by", [], (value) => page.change({ score: value, low: undefined, high: undefined }));
    this.order = choice(this.root, "Order", [["hardest", "hardest first"], ["easiest", "easiest first"]],
      (value) => page.change({ order: value === "easiest" ? value : undefined }));
    this.classes = choice(this.root, "Label", [], (value) => this.set("class", value, Number));
    this.predicted = choice(this.root, "Looks like", [], (value) => this.set("predicted", value, Number));
    this.decision = choice(this.root, "Decision", [["", "all"], ["none", "not decided"], ["any", "decided"], ["keep", "✓ keep"],
      ["relabel", "→ relabel"], ["drop", "✕ drop"], ["unsure", "? unsure"], ["disputed", "disputed"]], (value) => this.set("decision", value));
    this.moreButton = button(this.root, "More filters", () => this.showMore(this.more.hidden), { className: "plain" });
    this.count = built("div", this.root, { className: "count" });
    this.count.setAttribute("role", "status");
    this.size = choice(this.root, "Size", [], (value) => page.change({ size: Number(value) }));
    this.details = button(this.root, "Details", () => page.togglePanel(true), { className: "plain", title: "Space" });
    this.details.hidden = true;
    this.newMore(parent);
    this.chips = built("div", parent, { className: "chips", label: "Filters that are set" });
    this.chips.setAttribute("role", "group");
  }

  newMore(parent) {
    this.more = built("div", parent, { className: "toolbar more", hidden: true, label: "More filters" });
    this.more.setAttribute("role", "group");
    this.split = choice(this.more, "Split", [], (value) => this.set("split", value));
    this.suspects = choice(this.more, "Label looks", [["", "all"], ["yes", "wrong"], ["no", "right"]], (value) => this.set("suspects", value));
    this.outlier = choice(this.more, "Odd images", [["", "all"], ["0.999", "oddest 0.1 %"], ["0.99", "oddest 1 %"], ["0.95", "oddest 5 %"]],
      (value) => this.set("outlier", value, Number));
    this.group = choice(this.more, "Copies", [["", "all"], ["any", "has copies"]], (value) => this.set("group", value));
    this.truth = check(this.more, "Show planted flips", (isOn) => this.page.change(isOn ? { truth: "yes" } : { truth: undefined, flipped: undefined }));
    this.flipped = choice(this.more, "Planted", [["", "all"], ["yes", "◆ flipped"], ["no", "not flipped"]], (value) => this.set("flipped", value));
    this.views = choice(this.more, "Saved views", [], (value) => this.openView(value));
    this.saveButton = button(this.more, "Save view", () => this.askName(), { className: "plain" });
    this.nameForm = built("form", this.more, { className: "name", hidden: true });
    this.name = built("input", this.nameForm, { label: "Name of the view", placeholder: "Name of the view", maxLength: 60 });
    built("button", this.nameForm, { text: "Save", className: "plain", type: "submit" });
    this.removeButton = button(this.more, "Remove view", () => this.removeView(), { className: "plain" });
    this.problem = built("span", this.more, { className: "problem" });
    this.problem.setAttribute("role", "status");
    this.nameForm.onsubmit = (event) => {
      event.preventDefault();
      this.saveView();
    };
  }

  set(name, value, kind = String) {
    this.page.change({ [name]: value === "" ? undefined : kind(value) });
  }

  showMore(isShown) {
    this.more.hidden = !isShown;
    this.moreButton.textContent = isShown ? "Fewer filters" : "More filters";
    this.moreButton.setAttribute("aria-expanded", String(isShown));
    this.page.fit();
  }

  // Fill the choices of a run.
  receive(columns) {
    const classes = columns.classNames.map((name, index) => [String(index), name]);
    fillChoice(this.score, [...columns.scoreTitles]);
    fillChoice(this.classes, [["", "all"], ...classes]);
    fillChoice(this.predicted, [["", "all"], ...classes]);
    fillChoice(this.split, [["", "all"], ...columns.splits.map((name) => [name, name])]);
    fillChoice(this.size, columns.sizes.map((size) => [String(size), `${size} px`]));
    this.truth.parentElement.hidden = !columns.hasFlips && !columns.hasTruth;
    this.truth.parentElement.lastChild.textContent = columns.hasFlips ? "Show planted flips" : "Show known truth";
    this.suspects.parentElement.hidden = this.outlier.parentElement.hidden = !columns.isTriaged;
    this.group.parentElement.hidden = !columns.numGroups;
  }

  receiveViews(views) {
    this.savedViews = views;
    fillChoice(this.views, [["", views.length ? "choose" : "none yet"], ...views.map(({ id, name }) => [id, name])]);
    this.views.disabled = !views.length;
    this.removeButton.hidden = true;
  }

  show(place, columns, tests, num) {
    const chosen = { score: this.score, order: this.order, class: this.classes, predicted: this.predicted, decision: this.decision,
      split: this.split, suspects: this.suspects, flipped: this.flipped, group: this.group, size: this.size };
    Object.entries(chosen).forEach(([name, select]) => (select.value = String(place[name] ?? (name === "order" ? "hardest" : ""))));
    this.truth.checked = showsTruth(place);
    this.flipped.parentElement.hidden = !columns.hasFlips || !showsTruth(place);
    this.outlier.value = place.outlier === undefined ? "" : String(place.outlier);
    this.count.textContent = `${thousands(num)} of ${thousands(columns.num)}`;
    const hiddenOnes = ["split", "suspects", "outlier", "group", "flipped"].filter((name) => tests.has(name));
    if ((hiddenOnes.length || place.truth) && !this.wasOpened) this.showMore((this.wasOpened = true));
    this.showChips(place, columns, tests);
  }

  showChips(place, columns, tests) {
    this.chips.replaceChildren();
    this.chips.hidden = !tests.size;
    for (const name of tests.keys()) {
      const words = filterWords(name, place, columns);
      const chip = button(this.chips, words, () => this.page.setPlace(withoutFilter(this.page.place, name)), { className: "chip", label: `Take off the filter: ${words}` });
      built("span", chip, { className: "cross", text: "✕" }).setAttribute("aria-hidden", "true");
    }
    if (tests.size > 1) button(this.chips, "Clear filters", () => this.page.setPlace(withoutFilters(this.page.place)), { className: "plain small" });
  }

  // Saved views --------------------------------------------------------------------------------
  openView(id) {
    const view = this.savedViews.find((each) => each.id === id);
    this.removeButton.hidden = !view;
    if (view) this.page.setPlace(placeOf(readQuery(view.query, this.page.columns), this.page.defaultScore));
    this.views.value = id;
  }

  askName() {
    this.nameForm.hidden = !this.nameForm.hidden;
    this.problem.textContent = "";
    if (!this.nameForm.hidden) this.name.focus();
  }

  saveView() {
    if (!this.name.value.trim()) return this.name.focus();
    this.page.sendView({ name: this.name.value, place: placeValues(this.page.place) });
    this.nameForm.hidden = true;
    this.name.value = "";
  }

  removeView() {
    this.page.sendView({ remove: this.views.value });
  }

  showProblem(sentence) {
    this.problem.textContent = sentence;
  }
}

// A saved view's query, as texts, turned into the values of a place; what this run has not got is left out.
function readQuery(query, columns) {
  const numbers = ["class", "predicted", "outlier", "low", "high", "size", "example"], values = {};
  Object.entries(query).forEach(([name, text]) => {
    if (numbers.includes(name) || (name === "group" && text !== "any")) values[name] = Number(text);
    else if (name === "ids" && /^[0-9,]+$/.test(text)) values.ids = text.split(",").map(Number);
    else values[name] = text;
  });
  if (!columns.scoreTitles.has(values.score)) delete values.score;
  return values;
}
