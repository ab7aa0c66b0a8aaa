// Typing a class: a dialog that finds known classes by a part of their name, or adds a new one.

class ClassChooser {
  constructor(page) {
    this.page = page;
  }

  // The likeliest classes of the image that is shown; of several images, the first of all.
  likeliest(num) {
    const detail = num > 1 ? undefined : this.page.panel.details.get(this.page.activeId);
    if (detail) return detail.probabilities.slice(0, 8).map(([index]) => index);
    return [...this.page.columns.classNames.keys()].slice(0, 8);
  }

  // rows: whose class is asked for.
  open(rows = this.page.judge.rows()) {
    this.form?.remove();
    if (!rows.length) return this.page.say("Choose an image first");
    const { columns } = this.page;
    const form = (this.form = built("form", this.page.root, { className: "typing", label: "Choose a class" }));
    form.setAttribute("role", "dialog");
    const num = rows.length;
    built("label", form, { text: num > 1 ? `New class of ${thousands(num)} images` : "Its class", htmlFor: "typed-class" });
    const input = built("input", form, { id: "typed-class", autocomplete: "off", maxLength: 200 });
    const hint = built("p", form, { className: "quiet" });
    const matches = built("ul", form, { className: "matches" });
    const done = () => {
      form.remove();
      this.page.grid.scroller.focus({ preventScroll: true });
    };
    const take = (index) => {
      done();
      this.page.judge.decide("relabel", index, rows);
    };
    const update = () => {
      const typed = input.value.trim(), found = typed ? matchingClasses(columns, typed) : this.likeliest(num);
      matches.replaceChildren();
      found.forEach((index) => button(built("li", matches), columns.className(index), () => take(index), { className: "plain" }));
      hint.textContent = !typed ? "Type a class" : found.length ? `Enter takes ${columns.className(found[0])}` : `Enter adds “${typed}” as a new class`;
    };
    input.oninput = update;
    form.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Escape") done();
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      const typed = input.value.trim();
      if (!typed) return;
      const [first] = matchingClasses(columns, typed);
      if (first !== undefined) return take(first);
      done();
      this.page.judge.decide("new_class", typed, rows);
    };
    update();
    input.focus();
  }
}

function matchingClasses(columns, typed) {
  const wanted = typed.trim().toLowerCase(), found = [];
  const rank = (name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2);
  columns.classNames.forEach((name, index) => name.toLowerCase().includes(wanted) && found.push(index));
  const lower = (index) => columns.classNames[index].toLowerCase();
  return found.sort((a, b) => rank(lower(a)) - rank(lower(b)) || a - b).slice(0, 8);
}
