// The lines over a card: where it stands in its queue, what was found so far, what is still expected.

const WIDE = 960; // pixels
const TITLES = { mislabels: "Mislabels", outliers: "Outliers", duplicates: "Duplicates" };

class Headline {
  constructor(deck, line, advice) {
    Object.assign(this, { deck, line, advice });
  }

  show() {
    const { deck } = this;
    const { queue, progress } = deck;
    const words = this.isWide() ? [TITLES[queue.name]] : []; // the chosen tab above says it too
    const place = Math.min(deck.place + 1, queue.num).toLocaleString("en");
    if (queue.name === "mislabels") {
      words.push(this.placeAmongSuspects(place));
      if (progress?.num_reviewed) {
        const share = Math.round((100 * progress.num_found) / progress.num_reviewed);
        words.push(`${progress.num_found.toLocaleString("en")} of ${progress.num_reviewed.toLocaleString("en")} wrong so far (${share} %)`);
      }
      if (progress) words.push(this.expected(progress));
    } else {
      const what = `${queue.isGrouped ? "group" : "image"}${queue.num === 1 ? "" : "s"}`;
      words.push(`${place} of ${queue.num.toLocaleString("en")} ${what}`, `${queue.numSettled().toLocaleString("en")} settled`);
    }
    setText(this.line, words.join(" · "));
    this.showAdvice();
  }

  placeAmongSuspects(place) {
    const { numLikely } = this.deck.queue;
    if (!numLikely) return `${this.isWide() ? "none" : "None"} looks wrong, the most doubtful first`;
    const likely = numLikely.toLocaleString("en");
    return this.deck.place < numLikely ? `${place} of about ${likely}` : `beyond the ${likely} suspects`;
  }

  // In few words where there is little room: a second line would push the neighbours out of view.
  expected(progress) {
    const [mean, low, high] = ["", "_low", "_high"].map((end) => Math.round(progress[`expected_in_next_100${end}`]));
    const whole = `expected in the next 100: ${mean} (95 %: ${low} to ${high})`;
    this.line.title = whole;
    return this.isWide() ? whole : `next 100: ${mean} (${low} to ${high})`;
  }

  isWide() {
    return this.deck.root.clientWidth >= WIDE;
  }

  showAdvice() {
    const { progress, queue } = this.deck;
    const isShown = queue.name === "mislabels" && Boolean(progress);
    this.advice.hidden = !isShown;
    if (!isShown) return;
    const isNearEnd = progress.is_enough || !progress.num_likely_left;
    setText(this.advice, isNearEnd ? `${progress.left} ${progress.advice}` : progress.left);
    this.advice.title = progress.advice;
    this.advice.classList.toggle("enough", progress.is_enough);
  }
}
