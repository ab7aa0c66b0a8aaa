// The keys of Browse: moving, selecting, deciding.

class BrowseKeys {
  constructor(page) {
    this.page = page;
  }

  press(event) {
    if (!this.page.rows || event.defaultPrevented || isTypingIn(event) || this.page.root.querySelector("dialog[open]")) return;
    const target = event.composedPath()[0];
    const isOnButton = target.closest?.("button, a, [role=slider]") && ["Enter", " "].includes(event.key);
    if (isOnButton || event.altKey || !this.isFocused(event)) return;
    const taken = event.ctrlKey || event.metaKey ? this.controlKey(event) : this.moveKey(event) || this.plainKey(event);
    if (!taken) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Keys belong to this part while it, or nothing else on the page, has the focus.
  isFocused(event) {
    const path = event.composedPath();
    return path.includes(this.page.root) || path[0] === document.body;
  }

  controlKey(event) {
    if (event.key !== "a") return false;
    this.page.selectAll();
    return true;
  }

  moveKey(event) {
    const step = this.page.grid.step(event.key);
    if (step === undefined) return false;
    const { page } = this, at = page.activeAt + step;
    if (event.shiftKey) page.extendTo(at);
    else {
      page.reach = undefined;
      page.moveTo(at);
    }
    return true;
  }

  plainKey(event) {
    const { page } = this, { judge } = page, key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const actions = {
      k: () => judge.decide("keep"), x: () => judge.decide("drop"), u: () => judge.decide("unsure"),
      z: () => (event.shiftKey ? judge.redo() : judge.undo()), Enter: () => judge.takeSuggested(),
      "/": () => page.chooser.open(), s: () => page.toggle(page.activeAt), Escape: () => page.clearSelection(),
      " ": () => page.togglePanel(page.isPanelHidden), "+": () => this.resize(1), "=": () => this.resize(1), "-": () => this.resize(-1),
    };
    if (/^[1-9]$/.test(key)) judge.takeLikeliest(Number(key) - 1);
    else if (key in actions && (!event.shiftKey || ["z", "+", "/"].includes(key))) actions[key]();
    else return false;
    return true;
  }

  resize(step) {
    const { page } = this;
    const sizes = page.columns.sizes, at = clamp(sizes.indexOf(page.place.size) + step, 0, sizes.length - 1);
    if (sizes[at] !== page.place.size) page.change({ size: sizes[at] });
  }
}
