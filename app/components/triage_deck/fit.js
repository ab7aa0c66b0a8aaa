// How large the image may be so that all that is needed to judge it lies in the window: measured when the
// window changes, never when a card does, so that nothing moves from card to card.

const NARROW = 800; // pixels of the deck: below, words stand beside the image
const SMALLEST = { narrow: 144, wide: 168 }, LARGEST = 460;
const TEXT_BELOW = 112; // label, two votes and a line of facts under the image
const NEAR = { narrow: 78, wide: 92 }; // neighbours with their labels
const BUTTONS = { narrow: 116, wide: 88 }; // rows of buttons as they commonly are
const GAPS = 28;
const SIDE = { narrow: 120, wide: 216 }; // an exemplar panel
const WORDS = 214; // width of the words beside the image
const PANEL = { word: 34, padding: 18, gap: 6 }; // of the exemplars, beside their tiles
const SMALLEST_TILE = 32;

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
  const high = room - NEAR[size] - (isNarrow ? 0 : TEXT_BELOW);
  const wide = isNarrow ? middle - WORDS : middle;
  const main = Math.round(Math.max(SMALLEST[size], Math.min(LARGEST, high, wide)));
  root.classList.toggle("narrow", isNarrow);
  root.style.setProperty("--main", `${main}px`);
  const tile = tileSide(isNarrow ? main : main + TEXT_BELOW, SIDE[size]);
  root.style.setProperty("--tile", `${tile}px`);
  root.style.setProperty("--words", `${isNarrow ? Math.max(main, panelHeight(tile)) : TEXT_BELOW}px`);
  root.style.setProperty("--cells", `${Math.max(200, room)}px`);
}

// The side of an exemplar, six of them in two columns, in a panel as high as the stage.
function tileSide(height, panel) {
  const { word, padding, gap } = PANEL;
  const high = Math.floor((height - word - padding - 2 * gap) / 3);
  return Math.max(SMALLEST_TILE, Math.min(Math.floor((panel - 26 - gap) / 2), high));
}

function panelHeight(tile) {
  return PANEL.word + PANEL.padding + 3 * tile + 2 * PANEL.gap;
}

function headHeight(root) {
  return [".bar", ".second"].reduce((sum, name) => sum + root.querySelector(name).offsetHeight, 0) + 12;
}
