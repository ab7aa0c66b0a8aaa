// The operation log: a decision waits here, in this browser, until the store says that it has it.
// An operation's id is unique, so sending it again is harmless; what a closed tab left behind is adopted.

const SEND_AFTER_MS = 150;
const RETRY_MS = 3000;
const OFFLINE_AFTER_MS = 5000;
const MOST_AT_ONCE = 200;

function randomWord() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((each) => each.toString(16).padStart(2, "0")).join("");
}

class OperationLog {
  // storageKey: names the workspace. runId: goes into every operation. send({turn, operations}): to Python.
  constructor({ storageKey, runId, send, onChange }) {
    this.prefix = `datadiet/${storageKey}/`;
    this.runId = runId;
    this.send = send;
    this.onChange = onChange ?? (() => {});
    this.client = randomWord();
    this.number = 0;
    this.pending = new Map(); // id -> operation, in order
    this.problem = ""; // why some cannot be stored now, in a sentence
    this.held = new Set(); // ids that the store answered with a problem: they wait here, and go after new ones
    this.turns = 0;
    this.refusals = []; // [id, sentence] of operations that are no decisions
    this.waitingSince = undefined;
    this.warn = (event) => this.pending.size && event.preventDefault();
    window.addEventListener("beforeunload", this.warn);
    this.retryTimer = setInterval(() => this.retry(), RETRY_MS);
    this.adopt();
  }

  close() {
    window.removeEventListener("beforeunload", this.warn);
    clearInterval(this.retryTimer);
    clearTimeout(this.sendTimer);
  }

  get state() {
    if (!this.pending.size) return this.refusals.length ? "refused" : "saved";
    if (this.problem) return "offline";
    return Date.now() - this.waitingSince > OFFLINE_AFTER_MS ? "offline" : "saving";
  }

  // What the state says in words; empty problem: the server does not answer.
  get sentence() {
    const waiting = `${this.pending.size} decision${this.pending.size === 1 ? " waits" : "s wait"} in this tab`;
    if (this.state === "saved") return "saved";
    if (this.state === "saving") return "saving";
    if (this.state === "refused") return `Not accepted: ${this.refusals.at(-1)[1]}`;
    return this.problem ? `Not saved: ${this.problem} ${waiting}.` : `Offline: ${waiting}.`;
  }

  // Operations with the same word as `batch` share the start of their ids, up to the last dash.
  add({ batch, ...operation }) {
    const id = `${this.client}${batch ? `.${batch}` : ""}-${++this.number}`;
    const added = { note: "", new_label: "", run_id: this.runId, ...operation, id, at: Date.now() };
    this.pending.set(id, added);
    this.remember(added);
    this.waitingSince ??= Date.now();
    this.sendSoon();
    this.onChange();
    return id;
  }

  acknowledge(ack) {
    if (!ack || ack === this.lastAck) return;
    this.lastAck = ack;
    const before = this.pending.size;
    ack.stored.forEach((id) => this.drop(id));
    ack.refused.forEach(([id, sentence]) => {
      if (this.pending.has(id)) this.refusals.push([id, sentence]);
      this.drop(id);
    });
    ack.waiting?.forEach((id) => this.pending.has(id) && this.held.add(id));
    this.problem = ack.problem;
    if (this.pending.size < before) this.waitingSince = this.pending.size ? Date.now() : undefined;
    if (this.pending.size > this.held.size) this.sendSoon(); // those held wait for the timer
    this.onChange();
  }

  sendSoon() {
    if (this.sendTimer) return;
    this.sendTimer = setTimeout(() => this.sendNow(), SEND_AFTER_MS);
  }

  sendNow() {
    clearTimeout(this.sendTimer);
    this.sendTimer = undefined;
    const operations = messageOf([...this.pending.values()], this.held, this.turns++);
    if (operations.length) this.send({ turn: `${this.client}-${Date.now()}`, operations });
  }

  retry() {
    if (!this.pending.size) return;
    this.sendNow();
    this.onChange();
  }

  // Storage: a key an operation, so that two tabs do not write over each other --------------------
  adopt() {
    const left = storedOperations(this.prefix).filter(({ id }) => !this.pending.has(id));
    left.forEach((operation) => this.pending.set(operation.id, operation));
    if (!left.length) return;
    this.waitingSince ??= Date.now();
    this.sendSoon();
    this.onChange();
  }

  remember(operation) {
    try {
      localStorage.setItem(this.prefix + operation.id, JSON.stringify(operation));
    } catch {
      // storage is full or forbidden: the operation waits in memory alone
    }
  }

  drop(id) {
    this.pending.delete(id);
    this.held.delete(id);
    try {
      localStorage.removeItem(this.prefix + id);
    } catch {
      // as above
    }
  }
}

// The operations to send, in their order: new ones first of all, then those held, of one run after another,
// so that a run that is gone for good keeps nothing else back. An undo goes with what it takes back.
function messageOf(waiting, held, turn) {
  const isHeld = (each) => held.has(each.id) || (each.decision === "undo" && held.has(each.new_label));
  const late = waiting.filter(isHeld);
  const runs = [...new Set(late.map((each) => each.run_id))];
  const first = runs[turn % (runs.length || 1)];
  const ranked = [
    ...waiting.filter((each) => !isHeld(each)),
    ...late.filter((each) => each.run_id === first),
    ...late.filter((each) => each.run_id !== first),
  ];
  const chosen = new Set(ranked.slice(0, MOST_AT_ONCE));
  return waiting.filter((each) => chosen.has(each)).map(({ at, ...rest }) => rest);
}

function storedOperations(prefix) {
  const found = [];
  try {
    for (let place = 0; place < localStorage.length; place++) {
      const key = localStorage.key(place);
      if (key.startsWith(prefix)) found.push(readOperation(localStorage.getItem(key)));
    }
  } catch {
    return [];
  }
  return found.filter(Boolean).sort((a, b) => a.at - b.at || a.id.localeCompare(b.id, "en", { numeric: true }));
}

function readOperation(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
