// Choosing a class by typing: letters narrow the list, arrows move, Enter takes, Escape leaves.

const MOST_FOUND = 8;
const MOST_LETTERS = 200;

class Finder {
  // choose({decision, index, name}); index -1 for a new class or none.
  constructor(parent, choose, leave) {
    this.choose = choose;
    this.leave = leave;
    this.box = make("div", "finder", parent);
    this.box.hidden = true;
    this.input = make("input", "", this.box);
    this.input.type = "text";
    this.input.maxLength = MOST_LETTERS;
    this.input.placeholder = "Type a class";
    this.input.setAttribute("aria-label", "Type a class");
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", "classes-found");
    this.list = make("div", "found", this.box);
    this.list.id = "classes-found";
    this.list.setAttribute("role", "listbox");
    this.input.oninput = () => this.search();
    this.input.onkeydown = (event) => this.onKey(event);
    this.input.onblur = () => this.close();
  }

  get isOpen() {
    return !this.box.hidden;
  }

  // classes: visible names; likeliest: class indices; extra: names of classes that people made.
  open(classes, likeliest, extra) {
    this.classes = classes;
    this.likeliest = likeliest;
    this.extra = extra;
    this.box.hidden = false;
    this.input.value = "";
    this.search();
    this.input.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.box.hidden = true;
    this.leave();
  }

  search() {
    const typed = this.input.value.trim();
    const asked = typed.toLocaleLowerCase();
    const all = this.classes.map((name, index) => ({ decision: "relabel", index, name }));
    const made = this.extra.map((name) => ({ decision: "new_class", index: -1, name }));
    const rank = ({ name, index }) => {
      if (!asked) return this.likeliest.includes(index) ? this.likeliest.indexOf(index) : 1000 + index;
      return name.toLocaleLowerCase().startsWith(asked) ? 0 : 1;
    };
    const found = [...all, ...made].filter(({ name }) => name.toLocaleLowerCase().includes(asked));
    found.sort((a, b) => rank(a) - rank(b));
    this.options = found.slice(0, MOST_FOUND);
    const isKnown = [...all, ...made].some(({ name }) => name.toLocaleLowerCase() === asked);
    if (typed && !isKnown) this.options.push({ decision: "new_class", index: -1, name: typed, isNew: true });
    if (!typed) this.options.push({ decision: "no_class", index: -1, name: "" });
    this.at = 0;
    this.draw();
  }

  draw() {
    this.list.replaceChildren();
    this.options.forEach((option, place) => {
      const row = make("div", place === this.at ? "option chosen" : "option", this.list, optionWords(option));
      row.id = `class-found-${place}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(place === this.at));
      row.onmousedown = (event) => {
        event.preventDefault();
        this.take(place);
      };
    });
    this.input.setAttribute("aria-activedescendant", `class-found-${this.at}`);
  }

  take(place) {
    const option = this.options[place];
    this.close();
    if (option) this.choose(option);
  }

  onKey(event) {
    event.stopPropagation();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.options.length) {
      this.at = (this.at + step + this.options.length) % this.options.length;
      this.draw();
    } else if (event.key === "Enter") this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  }
}

function optionWords({ decision, name, isNew }) {
  if (decision === "no_class") return "Belongs to no class";
  if (isNew) return `New class “${name}”`;
  return decision === "new_class" ? `${name} (new class)` : name;
}
