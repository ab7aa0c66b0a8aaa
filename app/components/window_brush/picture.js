// The bars over rank: as high as the score, a part of each coloured by what is asked for.

const PICTURE_HEIGHT = 148; // pixels

class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.heights = [];
  }

  // heights: of the bars, 0 to 1. parts: a function of (start, stop) -> [[share, color, isHatched]], bottom first.
  draw(heights, num, parts, colors) {
    const width = this.canvas.clientWidth;
    if (!width) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(PICTURE_HEIGHT * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.clearRect(0, 0, width, PICTURE_HEIGHT);
    const step = width / heights.length;
    const gap = step > 4 ? 1 : 0;
    heights.forEach((height, bar) => {
      const start = Math.round((bar * num) / heights.length), stop = Math.round(((bar + 1) * num) / heights.length);
      const tall = 10 + height * (PICTURE_HEIGHT - 16);
      let bottom = PICTURE_HEIGHT;
      parts(start, stop).forEach(([share, color, isHatched]) => {
        const part = share * tall;
        context.fillStyle = isHatched ? hatch(context, color, colors["--dd-ground"]) : color;
        context.fillRect(bar * step, bottom - part, Math.max(step - gap, 0.5), part);
        bottom -= part;
      });
    });
  }
}

// A pattern of stripes, so that colour is not all that tells the parts apart.
function hatch(context, color, ground) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = ground;
  pen.globalAlpha = 0.55;
  pen.lineWidth = 1.2;
  [-6, 0, 6].forEach((shift) => {
    pen.beginPath();
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
    pen.stroke();
  });
  return context.createPattern(tile, "repeat");
}
