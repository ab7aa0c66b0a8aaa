// Keys of the window: on its three handles, and anywhere on the page while nothing else has the focus.

const STEP = 0.01, LEAP = 0.1;
const ARROWS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

function isTyping(event) {
  const target = event.composedPath()[0];
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

function isFree(event, root) {
  const path = event.composedPath();
  return path.includes(root) || path[0] === document.body || path[0] === document.documentElement;
}

// Where a key leads from a window; null for a key that is not one of ours. grip: body, start or stop.
function moved({ key, shiftKey }, { keep, offset }, grip) {
  const leap = { PageUp: 1, PageDown: -1 }[key];
  const by = leap ? leap * LEAP : (ARROWS[key] ?? 0) * STEP;
  if (grip === "body" && shiftKey && by) return widened(keep, offset, by);
  if (key === "Home") return grip === "stop" ? { keep: STEP, offset } : { keep: grip === "start" ? keep + offset : keep, offset: 0 };
  if (key === "End") {
    if (grip === "stop") return { keep: 1 - offset, offset };
    return grip === "start" ? { keep: STEP, offset: keep + offset - STEP } : { keep, offset: 1 - keep };
  }
  if (!by) return null;
  if (grip === "body") return { keep, offset: offset + by };
  return grip === "stop" ? { keep: keep + by, offset } : { keep: keep - by, offset: offset + by };
}

// Wider or narrower by its hard edge; at the hard end, by its easy edge.
function widened(keep, offset, by) {
  const room = 1 - keep - offset;
  if (by <= room + SAME) return { keep: keep + by, offset };
  return { keep: keep + by, offset: Math.max(0, 1 - keep - by) };
}
