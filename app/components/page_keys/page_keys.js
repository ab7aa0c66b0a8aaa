// Keys of every page: g and a letter goes to a screen, ? lists the keys. Also sends what was left unsaved.

const LETTER_WITHIN_MS = 1500;
const LEFT_BEHIND_MS = 8000; // younger operations are still in the hands of the page that made them
const MOST_QUIET_TURNS = 32; // that are let pass before what cannot be stored is sent again

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".keys-root");
  root.pageKeys ??= new PageKeys(root);
  root.pageKeys.receive(data, whileHere(root, setStateValue), setTriggerValue);
  return whenGone(root, () => root.pageKeys?.close());
}

function made(name, parent, text) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  parent?.append(element);
  return element;
}

function isTyping(event) {
  const target = event.composedPath()[0];
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

class PageKeys {
  constructor(root) {
    this.root = root;
    this.held = new Set(); // ids of operations that cannot be stored now
    this.turns = this.quiet = this.pause = 0;
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.timer = setInterval(() => this.sendLeftBehind(), LEFT_BEHIND_MS);
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    clearInterval(this.timer);
    this.dialog?.remove();
    this.root.pageKeys = undefined;
  }

  receive(data, send, setTriggerValue) {
    this.data = data;
    this.goTo = (letter) => {
      const go = () => setTriggerValue("screen", letter);
      const isHere = data.screens[letter][1] === location.pathname.split("/").pop();
      if (isHere) go();
      else leaveBy(go);
    };
    this.send = (message) => send("operations", message);
    Object.entries(data.colors).forEach(([name, value]) => this.root.style.setProperty(name, value));
    const settled = [...(data.ack?.stored ?? []), ...(data.ack?.refused ?? []).map(([id]) => id)];
    settled.forEach((id) => {
      this.held.delete(id);
      localStorage.removeItem(`datadiet/${data.storageKey}/${id}`);
    });
    this.wait(data.ack);
    if (!this.isStarted) this.sendLeftBehind();
    this.isStarted = true;
  }

  // What cannot be stored now is sent ever more seldom, as long as nothing else is: it may never be.
  wait(ack) {
    if (!ack || ack === this.lastAck) return;
    this.lastAck = ack;
    ack.waiting.forEach((id) => this.held.add(id));
    const isStuck = ack.waiting.length > 0 && !ack.stored.length;
    this.pause = isStuck ? Math.min(2 * (this.pause || 1), MOST_QUIET_TURNS) : 0;
    this.quiet = this.pause;
  }

  sendLeftBehind() {
    if (!this.data.storageKey) return;
    const left = storedOperations(`datadiet/${this.data.storageKey}/`).filter(({ at }) => Date.now() - at > LEFT_BEHIND_MS);
    if (left.every(({ id }) => this.held.has(id)) && this.quiet-- > 0) return;
    const operations = messageOf(left, this.held, this.turns++);
    if (operations.length) this.send({ turn: `${randomWord()}`, operations });
  }

  key(event) {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "?") return this.toggle(event);
    const isSecond = Date.now() - (this.pressedG ?? 0) < LETTER_WITHIN_MS;
    this.pressedG = event.key === "g" ? Date.now() : 0;
    if (!isSecond || !(event.key in this.data.screens)) return;
    this.pressedG = 0;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.goTo(event.key);
  }

  toggle(event) {
    event.preventDefault();
    if (this.dialog?.open) return this.dialog.close();
    this.dialog?.remove();
    this.dialog = this.drawn();
    this.root.append(this.dialog);
    this.dialog.showModal();
    this.dialog.querySelector("h2").focus(); // the first line stays in sight, also of a long list
    this.dialog.querySelector(".list").scrollTop = 0;
  }

  drawn() {
    const dialog = made("dialog");
    dialog.className = "keys-dialog";
    dialog.setAttribute("aria-label", "Keys");
    const list = made("div", dialog);
    list.className = "list";
    list.tabIndex = 0; // scrolled by keys, too; the button below it stays
    made("h2", list, "Keys of this page").tabIndex = -1;
    const table = made("tbody", made("table", list));
    const screens = Object.entries(this.data.screens).map(([letter, [title]]) => [`g ${letter}`, title]);
    [...this.data.keys, ...screens].forEach(([keys, meaning]) => {
      const row = made("tr", table);
      made("kbd", made("th", row), keys);
      made("td", row, meaning);
    });
    const button = made("button", dialog, "Close");
    button.type = "button";
    button.onclick = () => dialog.close();
    return dialog;
  }
}
