// The line to Python: one message up at a time, the next when it is answered, so that nothing is overtaken.

const SOON_MS = 12; // what comes up together goes up together
const LOST_MS = 6000; // an answer that has not come by then is asked for again

class Line {
  // collect(): what to send, or undefined for nothing. setState(value): Streamlit's.
  constructor(collect) {
    this.collect = collect;
    this.client = randomWord();
    this.number = 0;
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.lostTimer);
    this.isClosed = true;
  }

  poke() {
    if (this.inFlight || this.timer || this.isClosed) return;
    this.timer = setTimeout(() => this.sendNow(), SOON_MS);
  }

  sendNow() {
    this.timer = undefined;
    const message = this.collect();
    if (!message || this.isClosed) return;
    this.inFlight = `${this.client}-${++this.number}`;
    this.setState({ ...message, turn: this.inFlight });
    this.lostTimer = setTimeout(() => this.answered(this.inFlight), LOST_MS);
  }

  // Returns whether this is the answer that was waited for.
  answered(turn) {
    if (!this.inFlight || turn !== this.inFlight) return false;
    clearTimeout(this.lostTimer);
    this.inFlight = undefined;
    this.poke();
    return true;
  }
}

// A message: length of the header, header, then the bytes of its parts, each part with its own.
function unpackedMessage(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let start = 4 + length;
  const blobs = header.blobs.map((size) => bytes.subarray(start, (start += size)));
  let next = 0;
  header.parts.forEach((part) => (part.bytes = blobs.slice(next, (next += part.num))));
  return header;
}
