// Many points in one WebGL draw: their places, a colour and a shape each, dimmed where others are picked.

const SHAPES = ["circle", "square", "triangle", "diamond", "cross"];
const DIMMED = 0.18; // opacity of points outside of what is picked
const VERTEX = `#version 300 es
in vec2 place; in float code; in float picked;
uniform vec2 scale; uniform vec2 offset; uniform float size; uniform float anyPicked;
uniform sampler2D palette;
out vec4 color; flat out int shape;
void main() {
  vec4 look = texelFetch(palette, ivec2(int(code), 0), 0);
  vec4 more = texelFetch(palette, ivec2(int(code), 1), 0);
  float dim = anyPicked > 0.5 && picked < 0.5 ? ${DIMMED.toFixed(2)} : 1.0;
  color = vec4(look.rgb, look.a * dim);
  shape = int(more.r * 255.0 + 0.5);
  gl_Position = vec4(place * scale + offset, 0.0, 1.0);
  gl_PointSize = size * (0.6 + more.g) * (anyPicked > 0.5 && picked > 0.5 ? 1.25 : 1.0);
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec4 color; flat in int shape; out vec4 result;
float inside(vec2 p) { // below 1 within the shape
  vec2 a = abs(p);
  if (shape == 1) return max(a.x, a.y) / 0.8;
  if (shape == 2) return max(a.x * 1.15 + p.y * 0.62, -p.y) / 0.72;
  if (shape == 3) return (a.x + a.y) / 1.0;
  if (shape == 4) return min(max(a.x / 0.9, a.y / 0.34), max(a.y / 0.9, a.x / 0.34));
  return length(p) / 0.9;
}
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float d = inside(vec2(p.x, -p.y));
  if (d > 1.0) discard;
  result = vec4(color.rgb * mix(1.0, 0.78, step(0.72, d)), color.a);
  result.rgb *= result.a;
}`;

class Points {
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, alpha: true });
    if (!this.gl) return;
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => { this.build(); this.onrestored?.(); });
    this.build();
  }

  get works() {
    return Boolean(this.gl);
  }

  build() {
    const gl = this.gl;
    this.program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    this.buffers = Object.fromEntries(["place", "code", "picked", "order"].map((name) => [name, gl.createBuffer()]));
    this.texture = gl.createTexture();
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  load(places, codes, palette) {
    this.num = codes.length;
    this.fill("place", places, 2, this.gl.FLOAT, false);
    this.recolor(codes, palette);
  }

  recolor(codes, palette) {
    const gl = this.gl;
    this.fill("code", codes, 1, gl.UNSIGNED_BYTE, false);
    const pixels = new Uint8Array(256 * 2 * 4);
    palette.forEach((each, i) => {
      pixels.set([...rgb(each.color), Math.round(255 * each.opacity)], 4 * i);
      pixels.set([SHAPES.indexOf(each.shape), Math.round(100 * each.size), 0, 255], 4 * (256 + i));
    });
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 2, 0, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    const isOnTop = palette.map((each) => each.isOnTop), rest = [], top = []; // what is marked is drawn last
    for (let i = 0; i < codes.length; i++) (isOnTop[codes[i]] ? top : rest).push(i);
    shuffle(rest); // so that the first so many are a fair sample, and no class covers another for its number
    this.numRest = rest.length;
    const order = Uint32Array.from([...rest, ...top]);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.STATIC_DRAW);
  }

  pick(mask) {
    this.anyPicked = mask.some((each) => each);
    this.fill("picked", mask, 1, this.gl.UNSIGNED_BYTE, false);
  }

  fill(name, values, size, kind, normalized) {
    const gl = this.gl, where = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(where);
    gl.vertexAttribPointer(where, size, kind, normalized, 0, 0);
  }

  // view: the part that is seen, {x0, x1, y0, y1}; area: where on the canvas, in device pixels;
  // most: how many of the unmarked points are drawn, fewer while a slow machine moves
  draw(view, area, size, most) {
    const gl = this.gl;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.viewport(area.left, this.canvas.height - area.top - area.height, area.width, area.height);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(area.left, this.canvas.height - area.top - area.height, area.width, area.height);
    gl.useProgram(this.program);
    const scale = [2 / (view.x1 - view.x0), 2 / (view.y1 - view.y0)];
    gl.uniform2f(gl.getUniformLocation(this.program, "scale"), ...scale);
    const offset = [-1 - view.x0 * scale[0], -1 - view.y0 * scale[1]];
    gl.uniform2f(gl.getUniformLocation(this.program, "offset"), ...offset);
    gl.uniform1f(gl.getUniformLocation(this.program, "size"), size);
    gl.uniform1f(gl.getUniformLocation(this.program, "anyPicked"), this.anyPicked ? 1 : 0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.order);
    gl.drawElements(gl.POINTS, Math.min(most, this.numRest), gl.UNSIGNED_INT, 0);
    gl.drawElements(gl.POINTS, this.num - this.numRest, gl.UNSIGNED_INT, 4 * this.numRest);
  }

  close() {
    this.gl?.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

function shuffle(values) { // the same order each time
  let seed = 1;
  for (let i = values.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((seed / 2 ** 32) * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
}

function rgb(color) {
  const number = parseInt(color.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
