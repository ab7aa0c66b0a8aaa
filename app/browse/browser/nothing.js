// What stands in the grid's place where no image matches: which filter to take off.

class Nothing {
  constructor(parent, page) {
    this.page = page;
    this.root = built("div", parent, { className: "nothing", hidden: true });
  }

  show() {
    const { page } = this;
    this.root.hidden = page.rows.length > 0;
    page.grid.scroller.hidden = !page.rows.length;
    if (page.rows.length) return;
    this.root.replaceChildren();
    built("h2", this.root, { text: "No image matches these filters" });
    const left = withoutEach(page.found.tests, page.columns.num);
    const helping = left.filter(([, count]) => count > 0);
    for (const [name, count] of helping.slice(0, 4)) {
      const words = filterWords(name, page.place, page.columns);
      button(this.root, `Take off “${words}”: ${thousands(count)} images`, () => page.setPlace(withoutFilter(page.place, name)), { className: "plain" });
    }
    if (!helping.length && left.length) built("p", this.root, { text: "No single filter is to blame: more than one has to go." });
    if (left.length > 1 || !helping.length) button(this.root, "Clear all filters", () => page.setPlace(withoutFilters(page.place)), { className: "plain" });
  }
}
