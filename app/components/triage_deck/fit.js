// How large the image may be so that all that is needed to judge it lies in the window: measured when the
// window changes, never when a card does, so that nothing moves from card to card.

const NARROW = 800; // pixels of the deck: below, words stand beside the image
const SMALLEST = 168, LARGEST = 460;
const TEXT_BELOW = 112; // label, two votes and a line of facts under the image
const NEAR = 92; // neighbours with their labels
const BUTTONS = { narrow: 116, wide: 88 }; // rows of buttons as they commonly are
const GAPS = 28;
const SIDE = { narrow: 120, wide: 216 }; // an exemplar panel
const WORDS = 214; // width of the words beside the image

function fitted(root) {
  const width = root.clientWidth;
  if (!width) return;
  const isNarrow = width < NARROW;
  const size = isNarrow ? "narrow" : "wide";
  const scroller = root.getRootNode().host?.closest("[data-testid=stMain]");
  const top = root.getBoundingClientRect().top + (scroller?.scrollTop ?? 0);
  const head = headHeight(root);
  const room = window.innerHeight - top - head - BUTTONS[size] - GAPS;
  const middle = width - 2 * SIDE[size] - (isNarrow ? 24 : 48);
  const high = room - NEAR - (isNarrow ? 0 : TEXT_BELOW);
  const wide = isNarrow ? middle - WORDS : middle;
  const main = Math.round(Math.max(SMALLEST, Math.min(LARGEST, high, wide)));
  root.classList.toggle("narrow", isNarrow);
  root.style.setProperty("--main", `${main}px`);
  root.style.setProperty("--tile", `${tileSide(isNarrow ? main : main + TEXT_BELOW, SIDE[size])}px`);
  root.style.setProperty("--cells", `${Math.max(200, room)}px`);
}

// The side of an exemplar, six of them in two columns, in a panel as high as the stage.
function tileSide(height, panel) {
  const [word, padding, gap] = [34, 18, 6];
  return Math.max(40, Math.min(Math.floor((panel - 26 - gap) / 2), Math.floor((height - word - padding - 2 * gap) / 3)));
}

function headHeight(root) {
  return [".bar", ".second"].reduce((sum, name) => sum + root.querySelector(name).offsetHeight, 0) + 12;
}
