// Counts inside a window of ranks: prefix sums of flags, and of classes at every block of ranks.

const FLIPPED = 1, SUSPECT = 2, SETTLED = 4; // bits of a flag
const BLOCK = 512; // ranks between two stored class counts

class Counts {
  // labels, flags: a value a rank, from the easiest. numClasses: labels lie below it.
  constructor(labels, flags, numClasses) {
    this.labels = labels;
    this.numClasses = numClasses;
    this.sums = new Map([FLIPPED, SUSPECT, SETTLED].map((bit) => [bit, prefixSums(flags, bit)]));
    this.blocks = [];
    const running = new Uint32Array(numClasses);
    labels.forEach((label, rank) => {
      if (rank % BLOCK === 0) this.blocks.push(running.slice());
      running[label] += 1;
    });
    this.totals = running;
    this.below = new Uint32Array(numClasses);
    this.upTo = new Uint32Array(numClasses);
  }

  // How many ranks of [start, stop) carry the flag.
  flagged(bit, start, stop) {
    const sums = this.sums.get(bit);
    return sums[stop] - sums[start];
  }

  // How many ranks of [start, stop) each class has; the array is used again by the next call.
  classes(start, stop) {
    this.fill(this.below, start);
    this.fill(this.upTo, stop);
    for (let each = 0; each < this.numClasses; each++) this.upTo[each] -= this.below[each];
    return this.upTo;
  }

  fill(into, rank) {
    if (rank >= this.labels.length) return into.set(this.totals);
    const block = Math.floor(rank / BLOCK);
    into.set(this.blocks[block]);
    for (let each = block * BLOCK; each < rank; each++) into[this.labels[each]] += 1;
  }
}

function prefixSums(flags, bit) {
  const sums = new Uint32Array(flags.length + 1);
  for (let rank = 0; rank < flags.length; rank++) sums[rank + 1] = sums[rank] + (flags[rank] & bit ? 1 : 0);
  return sums;
}

// Whether a class starves: it loses more than twice its share, or keeps less than half of it.
function starves(kept, total, keep) {
  if (!total || keep >= 1) return false;
  const share = kept / total;
  return 1 - share > 2 * (1 - keep) || share < keep / 2;
}
