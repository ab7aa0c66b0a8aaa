// A page that is being left says no more. What a part sends between the click on a link and the next page would
// run in the name of the page that is left, and Streamlit would clear the next one: nothing would be drawn.
// What was on its way already cannot be called back: a page that was cleared is asked for once more.

const LEAVING_MS = 5000; // a way out that has led nowhere by then leads nowhere
const LOOK_AGAIN_MS = 50;
const GONE_AFTER_MS = 1000;
const EMPTY_LOOKS = 8; // in a row, with nothing under way: then the page was cleared

if (!window.dataDietLeft) {
  window.dataDietLeft = { path: undefined, at: 0 };
  document.addEventListener("click", noteLink, true);
  window.addEventListener("popstate", (event) => event.isTrusted && watchArrival());
}

function sayLeaving() {
  Object.assign(window.dataDietLeft, { path: location.pathname, at: Date.now() });
  watchArrival();
}

// What two parts say in one turn of the browser's loop reaches Python as one message, for one of them alone:
// so what leads away is said when the others, who are silent from now on, have had their turn.
function leaveBy(act) {
  sayLeaving();
  setTimeout(act, LOOK_AGAIN_MS / 2);
}

// Streamlit takes the event as Back or Forward to the address that stands there, and runs its page.
function watchArrival() {
  const left = window.dataDietLeft;
  clearInterval(left.timer);
  const since = Date.now();
  let empty = 0;
  left.timer = setInterval(() => {
    empty = isCleared() ? empty + 1 : 0;
    if (empty === EMPTY_LOOKS) window.dispatchEvent(new PopStateEvent("popstate"));
    if (empty === EMPTY_LOOKS || Date.now() - since > 2 * LEAVING_MS) clearInterval(left.timer);
  }, LOOK_AGAIN_MS);
}

function isCleared() {
  const app = document.querySelector("[data-testid=stApp]");
  return app?.dataset.testScriptState === "notRunning" && !app.querySelector("[data-testid=stMain] [data-testid=stElementContainer]");
}

function noteLink(event) {
  const anchor = event.composedPath().find((each) => each.tagName === "A");
  const isElsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!anchor?.href || isElsewhere || anchor.target === "_blank" || anchor.hasAttribute("download")) return;
  const to = new URL(anchor.href, location.href);
  if (to.protocol === location.protocol && to.origin === location.origin && to.pathname !== location.pathname) sayLeaving();
}

// Returns what sends for a part as Streamlit's `say` does; while its page is being left, it waits instead.
function whileHere(root, say) {
  root.here ??= new Here(root);
  root.here.say = say;
  return (name, value) => root.here.send(name, value);
}

// Returns what a part gives Streamlit to be cleaned up with: it closes the part once that is gone from the page.
// Streamlit cleans up, too, after a call that a newer one overtook, while the part stands and the newer one draws.
function whenGone(root, close) {
  const closeIfGone = () => root.isConnected || close();
  return () => (root.isConnected ? setTimeout(closeIfGone, GONE_AFTER_MS) : close());
}

class Here {
  constructor(root) {
    this.root = root;
    this.path = location.pathname;
    this.since = Date.now();
    this.held = new Map(); // name -> the newest value
  }

  get isLeft() {
    const { path, at } = window.dataDietLeft;
    const isGoing = path === this.path && at > this.since && Date.now() - at < LEAVING_MS;
    return isGoing || location.pathname !== this.path;
  }

  send(name, value) {
    if (!this.isLeft) return this.say(name, value);
    this.heldAt ??= Date.now();
    this.held.set(name, value);
    this.timer ??= setInterval(() => this.look(), LOOK_AGAIN_MS);
  }

  // Either the part is gone with its page, or nobody left after all.
  look() {
    const isWaiting = this.root.isConnected && this.isLeft && Date.now() - this.heldAt < LEAVING_MS;
    if (isWaiting) return;
    clearInterval(this.timer);
    if (this.root.isConnected) {
      this.path = location.pathname;
      this.since = Date.now();
      this.held.forEach((value, name) => this.say(name, value));
    }
    this.held.clear();
    this.timer = this.heldAt = undefined;
  }
}
