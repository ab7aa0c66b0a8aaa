// What people decided: as the store said last, with this tab's unstored operations laid over it.

const SETTLES = new Set(["keep", "relabel", "new_class", "drop", "no_class"]);
const MOST_UNDO = 1000;

class Opinions {
  constructor(reviewer) {
    this.reviewer = reviewer;
    this.stored = new Map(); // example_id -> [{who, decision, label, note}]
    this.local = new Map(); // example_id -> operations of this tab that the store has not acknowledged
    this.undoSteps = []; // {ids, operations}: the newest last
    this.redoSteps = [];
  }

  // From the store ------------------------------------------------------------------------------
  learn(changed, acknowledged) {
    const known = new Set(acknowledged);
    changed.forEach(([id, entries]) => {
      const opinions = entries.map(([who, decision, label, note]) => ({ who, decision, label, note }));
      if (opinions.length) this.stored.set(id, opinions);
      else this.stored.delete(id);
    });
    if (!known.size) return;
    this.local.forEach((operations, id) => {
      const left = operations.filter((each) => !known.has(each.id));
      if (left.length) this.local.set(id, left);
      else this.local.delete(id);
    });
  }

  resume(stack, pending) {
    const steps = stack.map(([id, example, decision, label]) => ({ id, example_id: example, decision, label }));
    this.undoSteps = grouped(steps);
    pending.forEach((operation) => this.lay(operation));
    const undone = new Set(pending.filter((each) => each.decision === "undo").map((each) => each.new_label));
    const later = pending.filter((each) => each.decision !== "undo" && !undone.has(each.id));
    this.undoSteps = this.undoSteps.filter((step) => !step.ids.some((id) => undone.has(id)));
    grouped(later).forEach((step) => this.push(step));
  }

  // This tab's operations -----------------------------------------------------------------------
  lay(operation) {
    const operations = this.local.get(operation.example_id) ?? [];
    if (operations.some((each) => each.id === operation.id)) return;
    this.local.set(operation.example_id, [...operations, operation]);
  }

  did(operations) {
    operations.forEach((each) => this.lay(each));
    this.push({ ids: operations.map((each) => each.id), operations });
    this.redoSteps = [];
  }

  push(step) {
    this.undoSteps.push(step);
    if (this.undoSteps.length > MOST_UNDO) this.undoSteps.shift();
  }

  // Reading -------------------------------------------------------------------------------------
  mine(id) {
    const stored = this.stored.get(id)?.find((each) => each.who === this.reviewer);
    const operations = this.local.get(id);
    return operations ? laidOver(stored, operations) : stored;
  }

  others(id) {
    return (this.stored.get(id) ?? []).filter((each) => each.who !== this.reviewer);
  }

  all(id) {
    const mine = this.mine(id);
    return mine ? [...this.others(id), mine] : this.others(id);
  }

  // Settled: somebody is sure, or this reviewer looked at it and is not.
  isSettled(id) {
    return Boolean(this.mine(id)) || this.others(id).some((each) => SETTLES.has(each.decision));
  }

  isUnsure(id) {
    const all = this.all(id);
    return all.length > 0 && !all.some((each) => SETTLES.has(each.decision));
  }

  isDisputed(id) {
    const answers = this.all(id).filter((each) => SETTLES.has(each.decision));
    return new Set(answers.map((each) => `${each.decision}\n${each.label}`)).size > 1;
  }
}

// The opinion after operations in order; an undo takes one back, an undo of an undo puts it in force again.
function laidOver(stored, operations) {
  const undone = new Set();
  [...operations].reverse().forEach((each) => {
    if (each.decision === "undo" && !undone.has(each.id)) undone.add(each.new_label);
  });
  const holding = operations.filter((each) => each.decision !== "undo" && !undone.has(each.id));
  if (holding.length) return asOpinion(holding.at(-1));
  const isOlderUndone = operations.some(
    (each) => each.decision === "undo" && !undone.has(each.id) && !operations.some(({ id }) => id === each.new_label),
  );
  return isOlderUndone ? undefined : stored;
}

function asOpinion(operation) {
  return { decision: operation.decision, label: operation.label ?? operation.new_label, note: operation.note ?? "" };
}

// Operations made at once share what stands before the last dash of their id; they are undone at once.
function grouped(operations) {
  const steps = [];
  operations.forEach((operation) => {
    const group = groupOf(operation.id);
    const last = steps.at(-1);
    if (group && last?.group === group) {
      last.ids.push(operation.id);
      last.operations.push(operation);
    } else steps.push({ group, ids: [operation.id], operations: [operation] });
  });
  return steps;
}

function groupOf(id) {
  return id.includes(".") ? id.slice(0, id.lastIndexOf("-")) : "";
}
