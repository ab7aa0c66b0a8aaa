// What retraining gives: measured where it was measured, else predicted between the nodes of a grid.

const NORMAL_95 = 1.96;
const SAME = 1e-6; // fractions that differ by less are one

class Accuracies {
  // header: measured, random, all, numKeeps, numPlaces. grids: accuracy, standard error, is trusted; (K * T).
  constructor(header, grids) {
    Object.assign(this, { header, grids });
  }

  // The accuracy of a window: {mean, error, seeds, isMeasured, isTrusted}; null where nothing can be said.
  at(keep, offset) {
    const known = this.header.measured.find((each) => same(each.keep, keep) && same(each.offset, offset));
    if (known) return { ...known, isMeasured: true, isTrusted: true };
    return this.header.numKeeps ? this.between(keep, offset) : null;
  }

  between(keep, offset) {
    const { numKeeps, numPlaces } = this.header;
    const place = keep >= 1 ? 0 : Math.min(1, offset / (1 - keep));
    const row = clamp(keep * numKeeps - 1, 0, numKeeps - 1);
    const column = place * (numPlaces - 1);
    const top = Math.min(Math.floor(row), numKeeps - 2), left = Math.min(Math.floor(column), numPlaces - 2);
    const down = row - top, right = column - left;
    const corners = [[0, 0, (1 - down) * (1 - right)], [0, 1, (1 - down) * right], [1, 0, down * (1 - right)], [1, 1, down * right]];
    const [accuracy, error, trusted] = this.grids;
    const found = { mean: 0, error: 0, isMeasured: false, isTrusted: keep * numKeeps >= 1 };
    corners.filter(([, , weight]) => weight > 0).forEach(([below, beside, weight]) => {
      const node = (top + below) * numPlaces + left + beside;
      found.mean += weight * accuracy[node];
      found.error += weight * error[node];
      found.isTrusted &&= Boolean(trusted[node]);
    });
    return found;
  }

  // Random of the same size: {mean, error, seeds, isMeasured}; between two sizes where this one was not run.
  random(keep) {
    if (keep >= 1 && this.header.all) return { ...this.header.all, isMeasured: true };
    const { random } = this.header;
    const known = random.find((each) => same(each.keep, keep));
    if (known) return { ...known, isMeasured: true };
    const ends = this.header.all ? [...random, { ...this.header.all, keep: 1 }] : random;
    const after = ends.findIndex((each) => each.keep > keep);
    if (after < 1) return null;
    const [low, high] = [ends[after - 1], ends[after]];
    const share = (keep - low.keep) / (high.keep - low.keep);
    const error = low.error === null || high.error === null ? null : low.error + share * (high.error - low.error);
    return { mean: low.mean + share * (high.mean - low.mean), error, isMeasured: false, low: low.keep, high: high.keep };
  }

  get all() {
    return this.header.all;
  }
}

function same(one, other) {
  return Math.abs(one - other) < SAME;
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

// The 95 % interval of an accuracy, within [0, 1]; null where its doubt is not known.
function interval({ mean, error }) {
  if (error === null || error === undefined) return null;
  return [clamp(mean - NORMAL_95 * error, 0, 1), clamp(mean + NORMAL_95 * error, 0, 1)];
}

// One accuracy less another: {change, error, word} with better, worse, alike, or unknown for want of seeds.
function difference(one, other) {
  const change = one.mean - other.mean;
  const known = [one.error, other.error].every((each) => each !== null && each !== undefined);
  if (!known) return { change, error: null, word: "unknown" };
  const error = Math.hypot(one.error, other.error);
  if (Math.abs(change) <= NORMAL_95 * error) return { change, error, word: "alike" };
  return { change, error, word: change > 0 ? "better" : "worse" };
}
