// The card that is shown, in the address: a reload or a link opens it.

const ADDRESS_AFTER_MS = 400; // browsers take only so many changes of the address a minute
const LEFT_KEY = "datadiet/triage/left"; // in the tab's storage: what a page that is leaving could not write

class Address {
  constructor(deck) {
    this.deck = deck;
    this.onLeave = () => this.leave();
    window.addEventListener("beforeunload", this.onLeave);
  }

  close() {
    window.removeEventListener("beforeunload", this.onLeave);
    clearTimeout(this.timer);
  }

  // Not at every key, and not only once they rest: a reload in the middle comes back to nearly the same place.
  writeSoon() {
    this.timer ??= setTimeout(() => this.write(), ADDRESS_AFTER_MS);
  }

  write() {
    this.timer = undefined;
    if (this.example() === undefined) return;
    const address = new URL(window.location.href);
    address.searchParams.set("queue", this.deck.queue.name);
    address.searchParams.set("example", String(this.example()));
    if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
  }

  example() {
    const { queue, place } = this.deck;
    return place < queue.num ? queue.ids(place)[0] : undefined;
  }

  // A reload opens the address as it is by now, which fast typing has left behind.
  leave() {
    const left = { href: window.location.href, example: this.example() };
    if (new URL(left.href).searchParams.get("example") === String(left.example)) return;
    try {
      sessionStorage.setItem(LEFT_KEY, JSON.stringify(left));
    } catch {
      // storage is forbidden: the reload opens a card that was settled just before
    }
  }

  // The place that the page before this reload was at, where its address did not say so.
  placeLeft() {
    try {
      const left = JSON.parse(sessionStorage.getItem(LEFT_KEY));
      sessionStorage.removeItem(LEFT_KEY);
      if (left?.href !== window.location.href) return undefined;
      const place = this.deck.queue.placeOf(left.example);
      return place < 0 ? undefined : place;
    } catch {
      return undefined;
    }
  }
}
