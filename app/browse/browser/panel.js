// The detail panel: one image enlarged and all that is known of it; asked for when shown, kept for a while.

const DETAILS_KEPT = 60;
const DWELL_MS = 120; // on an image, before its original and its curves are asked for
const PENDING_MS = 250; // before what is still being read is asked for again

class Panel {
  constructor(parent, page) {
    this.page = page;
    this.details = new Map(); // example -> detail
    this.depths = new Map();
    this.originals = new Map(); // example -> {url, reason, width, height}
    this.root = built("aside", parent, { className: "panel", label: "Chosen image" });
    this.root.tabIndex = -1;
    this.head = built("div", this.root, { className: "head" });
    button(this.head, "‹", () => page.moveBy(-1), { className: "plain", label: "Previous image" });
    button(this.head, "›", () => page.moveBy(1), { className: "plain", label: "Next image" });
    this.place = built("span", this.head, { className: "place" });
    this.link = built("a", this.head, { className: "link", text: "Link", title: "Copy the address of this image" });
    this.link.onclick = (event) => this.copyLink(event);
    button(this.head, "✕", () => page.togglePanel(false), { className: "plain", label: "Close the details" });
    this.frame = built("div", this.root, { className: "frame" });
    this.canvas = built("canvas", this.frame, { className: "picture" });
    this.canvas.setAttribute("role", "img");
    this.image = built("img", this.frame, { className: "picture", alt: "", hidden: true });
    this.origin = built("div", this.root, { className: "origin" });
    this.title = built("h2", this.root);
    this.judgement = built("div", this.root, { className: "judgement" });
    this.newButtons();
    this.body = built("div", this.root, { className: "full" });
  }

  close() {
    clearTimeout(this.timer);
    this.originals.forEach(({ url }) => url && URL.revokeObjectURL(url));
  }

  // A plain click copies the address; with Ctrl, Shift or the middle button the browser opens it as any link.
  copyLink(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const address = this.link.href;
    const said = (isCopied) => this.page.say(isCopied ? "Address copied" : "Copying is not allowed here: use the address of the page");
    if (!navigator.clipboard) return said(copiedByHand(address, this.root)); // not a secure context
    navigator.clipboard.writeText(address).then(() => said(true), () => said(copiedByHand(address, this.root)));
  }

  newButtons() {
    const { page } = this;
    this.scope = built("p", this.root, { className: "scope quiet" });
    this.scope.setAttribute("role", "status");
    this.buttons = built("div", this.root, { className: "buttons", label: "Decide" });
    this.buttons.setAttribute("role", "group");
    button(this.buttons, "✓ Keep", () => page.judge.decide("keep"), { className: "plain keep", title: "K" });
    this.take = button(this.buttons, "", () => page.judge.takeSuggested(), { className: "plain relabel", title: "Enter" });
    button(this.buttons, "Other class", () => page.chooser.open(), { className: "plain relabel", title: "/" });
    button(this.buttons, "✕ Drop", () => page.judge.decide("drop"), { className: "plain drop", title: "X" });
    button(this.buttons, "? Unsure", () => page.judge.decide("unsure"), { className: "plain unsure", title: "U" });
    this.undo = button(this.buttons, "↶ Undo", () => page.judge.undo(), { className: "plain turn", title: "Z" });
    this.redo = button(this.buttons, "↷ Redo", () => page.judge.redo(), { className: "plain turn", title: "Shift + Z" });
  }

  // What to ask for -----------------------------------------------------------------------------
  wanted() {
    const { page } = this, id = page.activeId;
    if (page.isPanelHidden || id === undefined) return {};
    const around = [0, 1, -1, 2].map((step) => page.idAt(page.activeAt + step)).filter((each) => each !== undefined);
    const asked = { details: around.filter((each) => !this.details.has(each)) };
    if (this.hasDwelt === id) {
      asked.depths = this.depths.has(id) || this.isWaiting ? [] : [id];
      asked.originals = this.originals.has(id) || this.isWaiting ? [] : [id];
    }
    return asked;
  }

  // Examples whose pictures the panel draws beside the grid's.
  pictureIds() {
    const detail = this.details.get(this.page.activeId);
    if (this.page.isPanelHidden || this.page.activeId === undefined) return [];
    const near = detail ? [...(detail.neighbours ?? []).map(([id]) => id), ...detail.typicalGiven, ...detail.typicalSuggested, ...(detail.copies?.ids ?? [])] : [];
    return [this.page.activeId, ...near];
  }

  receiveDetail(detail) {
    this.details.delete(detail.id);
    this.details.set(detail.id, detail);
    for (const id of this.details.keys()) {
      if (this.details.size <= DETAILS_KEPT) break;
      this.details.delete(id);
      this.depths.delete(id);
    }
    if (detail.id === this.page.activeId) this.drawBody();
  }

  receiveDepth(depth) {
    if (depth.isPending) return this.waitFor();
    this.depths.set(depth.id, depth);
    if (depth.id === this.page.activeId) this.drawBody();
  }

  receiveOriginal(part) {
    if (part.isPending) return this.waitFor();
    const url = part.bytes.length ? URL.createObjectURL(new Blob([part.bytes[0].slice()])) : undefined;
    this.originals.set(part.id, { url, reason: part.reason, width: part.width, height: part.height });
    for (const [id, each] of this.originals) {
      if (this.originals.size <= DETAILS_KEPT) break;
      if (each.url) URL.revokeObjectURL(each.url);
      this.originals.delete(id);
    }
    if (part.id === this.page.activeId) this.drawPicture();
  }

  waitFor() {
    this.isWaiting = true;
    setTimeout(() => {
      this.isWaiting = false;
      this.page.line.poke();
    }, PENDING_MS);
  }

  forget(id) {
    this.details.delete(id);
  }

  // Drawing ------------------------------------------------------------------------------------
  show() {
    const { page } = this;
    this.root.hidden = page.isPanelHidden;
    if (page.isPanelHidden) return;
    clearTimeout(this.timer);
    const id = page.activeId;
    this.timer = setTimeout(() => {
      this.hasDwelt = id;
      page.line.poke();
    }, DWELL_MS);
    this.root.classList.toggle("empty", id === undefined);
    this.place.textContent = id === undefined ? "No image chosen" : `${thousands(page.activeAt + 1)} of ${thousands(page.rows.length)}`;
    for (const each of [this.link, this.frame, this.title, this.buttons]) each.hidden = id === undefined;
    if (id === undefined) return this.clear();
    this.link.href = `?${new URLSearchParams({ run: page.columns.runId, ...addressOf(page.place), example: id })}`;
    this.drawPicture();
    this.drawHead();
    this.drawBody();
  }

  clear() {
    this.title.textContent = this.judgement.textContent = this.origin.textContent = "";
    this.body.replaceChildren();
    this.image.hidden = true;
    drawPicture(this.canvas, undefined);
  }

  drawPicture() {
    const { page } = this, id = page.activeId, original = this.originals.get(id);
    this.image.hidden = !original?.url;
    this.canvas.hidden = Boolean(original?.url);
    const label = page.columns.className(page.columns.label[page.activeRow]);
    this.canvas.setAttribute("aria-label", `Image labelled ${label}`);
    if (original?.url) {
      this.image.src = original.url;
      this.image.alt = `Image labelled ${label}`;
      this.image.classList.toggle("small", Math.max(original.width, original.height) <= 64);
      this.origin.textContent = `Original, ${original.width} × ${original.height} pixels`;
    } else {
      drawPicture(this.canvas, page.pictures.get(id));
      this.origin.textContent = original ? `The prepared image. ${original.reason}` : "The prepared image; looking for the original";
    }
  }

  drawHead() {
    const { columns, activeRow: row } = this.page;
    const label = columns.className(columns.label[row]), suggested = columns.className(columns.suggested[row]);
    const differs = suggested && columns.suggested[row] !== columns.label[row];
    this.title.textContent = differs ? `${label} → ${suggested}` : label;
    const { decision } = columns.heldAt(row);
    this.judgement.className = `judgement ${decision}`;
    this.judgement.textContent = decision ? `${SIGN[decision]} ${decisionWords(columns, row)}` : "Not decided";
    this.take.textContent = differs ? `→ ${suggested}` : "→ Suggested";
    this.take.disabled = !differs;
    this.drawScope();
    this.undo.disabled = !this.page.judge.done.length;
    this.redo.disabled = !this.page.judge.undone.length;
  }

  drawScope() {
    const { judge, selection, activeRow } = this.page, num = judge.rows().length;
    const isApart = selection.count > 0 && activeRow !== undefined && !selection.has(activeRow);
    this.scope.textContent = num > 1 ? `Decides on all ${thousands(num)} selected` : isApart ? "Decides on this image alone, which is not selected" : "";
    this.scope.hidden = !this.scope.textContent;
  }

  drawBody() {
    const detail = this.details.get(this.page.activeId);
    this.body.replaceChildren();
    if (!detail) return void built("p", this.body, { className: "quiet", text: "Reading…" });
    const depth = this.depths.get(detail.id);
    this.drawFacts(detail);
    this.drawClasses(detail);
    this.drawStrips(detail);
    this.drawScores(detail, depth);
    this.drawCurves(depth);
    this.drawDecisions(detail);
    this.page.line.poke();
  }

  drawFacts(detail) {
    const { columns } = this.page, list = built("dl", this.body, { className: "facts" });
    const fact = (word, value) => {
      if (!value) return;
      built("dt", list, { text: word });
      built("dd", list, { text: value });
    };
    const row = this.page.activeRow;
    if (detail.mislabel !== null) fact("label looks wrong", `${likelihood(detail.mislabel)} likely`);
    this.suggestionFact(fact, detail);
    const isTold = showsTruth(this.page.place);
    if (isTold && columns.flags[row] & 1) fact("◆ flipped on purpose", `was ${columns.className(detail.given)}`);
    if (isTold && detail.truth !== null) fact("known truth", columns.className(detail.truth));
    fact("split", columns.splits[columns.split[row]]);
    fact("example", String(detail.id));
    // A source key often names the true class.
    if (detail.key !== String(detail.id) && (isTold || !columns.hasFlips)) fact("in the source", detail.key);
    fact("size", detail.size);
    fact("prepared", detail.note);
    fact("quality", detail.quality.join(", "));
  }

  // All models together seldom speak for another class where most of them trained on the label.
  suggestionFact(fact, { suggestedProbability: probability, opinions: [first] }) {
    const { columns, activeRow: row } = this.page;
    if (columns.suggested[row] === columns.label[row]) {
      const [index, mean] = first.classes[0];
      if (first.isHeldOut && index !== columns.label[row]) fact("models not trained on it", `${columns.className(index)}, ${likelihood(mean)}`);
      return;
    }
    if (probability === null) return;
    const name = columns.className(columns.suggested[row]);
    if (probability >= 0.5) fact("models suggest", `${name}, ${likelihood(probability)} by all of them together`);
    else fact("likeliest other class", name);
  }

  heading(text) {
    built("h3", this.body, { text });
  }

  drawClasses(detail) {
    this.heading("What the models say");
    if (this.page.columns.weak) built("p", this.body, { className: "quiet", text: `The audit has ${this.page.columns.weak}: weigh what they say accordingly.` });
    detail.opinions.forEach((opinion, at) => this.drawOpinion(opinion, at === 0));
    built("p", this.body, { className: "quiet", text: "Mean over the seeds at the last step; the line spans them." });
  }

  // One kind of models: only the first has the digits that take a class.
  drawOpinion({ isHeldOut, num, classes }, hasDigits) {
    const models = num === 1 ? "1 model" : `${num} models`;
    built("p", this.body, { className: "kind", text: isHeldOut ? `${models} that did not train on it` : `${models} that trained on it, label included: may have memorised it` });
    const { columns } = this.page, list = built("ul", this.body, { className: "classes" });
    classes.forEach(([index, mean, low, high], at) => {
      const item = built("li", list);
      built("kbd", item, { text: hasDigits && at < 9 ? String(at + 1) : "" });
      built("span", item, { className: "name", text: columns.className(index), title: columns.className(index) });
      const bar = built("span", item, { className: "bar" });
      built("span", bar, { className: "fill" }).style.width = `${100 * mean}%`;
      const spread = built("span", bar, { className: "spread" });
      spread.style.left = `${100 * low}%`;
      spread.style.width = `${100 * (high - low)}%`;
      built("span", item, { className: "value", text: likelihood(mean), title: `seeds from ${percent(low)} to ${percent(high)}` });
    });
  }

  drawStrips(detail) {
    const { columns } = this.page, row = this.page.activeRow;
    if (detail.typicalGiven.length) this.strip(`Typical ${columns.className(columns.label[row])}`, detail.typicalGiven);
    if (detail.typicalSuggested.length) this.strip(`Typical ${columns.className(columns.suggested[row])}`, detail.typicalSuggested);
    if (detail.neighbours === null) built("p", this.body, { className: "quiet", text: "Neighbours and typical images come with the last stage of the audit." });
    else if (detail.neighbours.length) this.strip("Nearest neighbours", detail.neighbours.map(([id]) => id), new Map(detail.neighbours));
    if (detail.copies) {
      this.strip(`Copies of it (${detail.copies.num})`, detail.copies.ids);
      button(this.body, "Show this group of copies", () => this.page.setPlace({ ...withoutFilters(this.page.place), group: detail.copies.group }), { className: "plain small" });
    }
  }

  strip(title, ids, distances) {
    this.heading(title);
    const { columns, pictures } = this.page, strip = built("div", this.body, { className: "strip" });
    ids.forEach((id) => {
      const row = columns.rowOf(id);
      if (row < 0) return;
      const label = columns.className(columns.label[row]);
      const tile = button(strip, "", () => this.page.goTo(id), { className: "near", label: `Example ${id}, labelled ${label}` });
      tile.title = distances ? `labelled ${label}, distance ${shortNumber(distances.get(id))}` : `labelled ${label}`;
      const canvas = built("canvas", tile, { className: "picture" });
      canvas.dataset.example = id;
      drawPicture(canvas, pictures.get(id));
      const caption = built("span", tile, { className: "caption", text: label });
      caption.classList.toggle("other", columns.label[row] !== columns.label[this.page.activeRow]);
    });
  }

  drawLate() {
    if (this.page.isPanelHidden || this.page.activeId === undefined) return;
    if (this.canvas.dataset.painted === "false" && !this.canvas.hidden) this.drawPicture();
    this.body.querySelectorAll("canvas[data-example]").forEach((canvas) => {
      if (canvas.dataset.painted === "false") drawPicture(canvas, this.page.pictures.get(Number(canvas.dataset.example)));
    });
  }

  drawScores(detail, depth) {
    this.heading("Scores");
    const table = built("table", this.body, { className: "scores" });
    const head = built("tr", built("thead", table));
    ["score", "mean ± error", "percentile", "over seeds"].forEach((text) => (built("th", head, { text }).scope = "col"));
    const rows = built("tbody", table);
    detail.scores.forEach(({ name, title, value, error, percentile }) => {
      if (value === null) return;
      const line = built("tr", rows);
      line.classList.toggle("sorted", name === this.page.place.score);
      built("th", line, { text: title }).scope = "row";
      built("td", line, { text: error === null ? shortNumber(value) : `${shortNumber(value)} ± ${shortNumber(Number(error.toPrecision(1)))}` });
      built("td", line, { text: percentile === null ? "–" : percent(percentile) });
      const spread = depth?.spreads[name];
      built("td", line, { text: spread ? `${shortNumber(spread[0])} to ${shortNumber(spread[1])}` : depth ? "–" : "…" });
    });
    const missing = detail.scores.filter(({ value }) => value === null).map(({ title }) => title);
    if (missing.length) built("p", this.body, { className: "quiet", text: `No value for this image: ${missing.join(", ")}.` });
  }

  drawCurves(depth) {
    this.heading("Over epochs");
    if (!depth) return void built("p", this.body, { className: "quiet", text: "Reading…" });
    if (!depth.curves.length) return void built("p", this.body, { className: "quiet", text: "No curves: no seed trained on this image, or the run kept no signals of its epochs." });
    const lines = (name) => depth.curves.map((each) => ({ seed: each.seed, epochs: each.epochs, values: each[name] }));
    curveChart(this.body, "probability of the label", lines("probability"), [0, 1]);
    curveChart(this.body, "margin (logit of the label less the largest other)", lines("margin"));
    built("p", this.body, { className: "quiet", text: `A line a seed (${depth.curves.map((each) => each.seed).join(", ")}), read from training batches.` });
  }

  drawDecisions(detail) {
    this.heading("Decisions");
    if (!detail.decisions.length) return void built("p", this.body, { className: "quiet", text: "Nobody has decided on it yet." });
    const list = built("ul", this.body, { className: "decisions" });
    detail.decisions.forEach(([who, decision, newLabel, time, note, queue]) => {
      const item = built("li", list);
      built("span", item, { className: decision, text: `${SIGN[decision] ?? ""} ${decision.replace("_", " ")} ${newLabel}`.trim() });
      built("span", item, { className: "quiet", text: `${who}, ${time.replace("T", " ").replace("+00:00", " UTC")}, from ${queue}` });
      if (note) built("span", item, { text: note });
    });
  }
}

function copiedByHand(text, parent) {
  const field = built("textarea", parent, { value: text, readOnly: true });
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

function decisionWords(columns, row) {
  const { decision } = columns.heldAt(row);
  const words = `${decision.replace("_", " ")} ${columns.newClassName(row)}`.trim();
  return columns.disputed.has(row) ? `${words} (reviewers disagree)` : words;
}

function addressOf(place) {
  const values = placeValues(place);
  delete values.example;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
