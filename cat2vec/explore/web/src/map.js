// The map: points on a canvas, moved and zoomed by d3-zoom, found by d3-quadtree.

import { quadtree } from "d3-quadtree";
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";

const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

export const N_COLOURS = 10;
const MOST_DISCS = 3000;
const MOST_LABELS = 40;
const MOST_TRIED = 600;
const REACH = 14; // pixels from a point within which it is found

export class CategoryMap {
  // `onSelect` is called with a token, `onMove` after the view has changed.
  constructor(canvas, data, { onSelect, onMove, onHover }) {
    Object.assign(this, { canvas, data, onSelect, onMove, onHover });
    this.context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.transform = zoomIdentity;
    this.known = new Map(); // labels and their widths
    this.marked = { selected: -1, compared: -1, near: [] };
    this.zoom = zoom()
      .scaleExtent([0.5, 4000])
      .on("zoom", (event) => this.moved(event));
    this.selection = select(canvas).call(this.zoom).on("dblclick.zoom", null);
    canvas.addEventListener("click", (event) => {
      const token = this.tokenAt(event.offsetX, event.offsetY);
      if (token >= 0) onSelect(token);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) onHover(-1);
      else onHover(this.tokenAt(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
    });
    canvas.addEventListener("pointerleave", () => onHover(-1));
    canvas.addEventListener("keydown", (event) => this.pressed(event));
    for (const kind of ["focus", "blur"]) canvas.addEventListener(kind, () => this.redraw());
    dark.addEventListener("change", () => {
      this.found = null;
      this.redraw();
    });
    new ResizeObserver(() => this.resized()).observe(canvas);
  }

  // Shows the tokens of some features at the places of `array`, two numbers for each.
  show(features, array, colours) {
    this.tokens = features.flatMap(({ start, stop }) => [[start, stop]]);
    this.places = array;
    const count = this.tokens.reduce((sum, [start, stop]) => sum + stop - start, 0);
    this.ids = new Int32Array(count);
    let at = 0;
    for (const [start, stop] of this.tokens) {
      for (let token = start; token < stop; token += 1) this.ids[at++] = token;
    }
    this.byRows = this.ids.slice().sort((a, b) => this.data.rows[b] - this.data.rows[a] || a - b);
    this.groups = grouped(this.ids, colours);
    this.radius = count > 20000 ? 1.25 : count > 3000 ? 2 : count > 500 ? 3 : 4;
    this.tree = quadtree()
      .x((token) => array[2 * token])
      .y((token) => array[2 * token + 1])
      .addAll(this.ids);
    this.fitted();
    this.redraw();
  }

  fitted() {
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const token of this.ids ?? []) {
      left = Math.min(left, this.places[2 * token]);
      right = Math.max(right, this.places[2 * token]);
      low = Math.min(low, this.places[2 * token + 1]);
      high = Math.max(high, this.places[2 * token + 1]);
    }
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const span = (a, b) => (b > a ? b - a : 1);
    const scale = 0.86 * Math.min(width / span(left, right), height / span(low, high));
    const middle = (a, b) => (Number.isFinite(a) ? (a + b) / 2 : 0);
    this.base = { scale: scale || 1, x: middle(left, right), y: middle(low, high), width, height };
  }

  // From the plane to pixels: x = at.x + at.k * place.
  at() {
    const { scale, x, y, width, height } = this.base;
    const { k, x: dx, y: dy } = this.transform;
    return {
      k: k * scale,
      x: dx + k * (width / 2 - scale * x),
      y: dy + k * (height / 2 + scale * y), // up is positive
    };
  }

  pixel(token, at = this.at()) {
    return [at.x + at.k * this.places[2 * token], at.y - at.k * this.places[2 * token + 1]];
  }

  tokenAt(px, py) {
    const at = this.at();
    return this.tree.find((px - at.x) / at.k, (at.y - py) / at.k, REACH / at.k) ?? -1;
  }

  moved(event) {
    this.transform = event.transform;
    this.redraw();
    this.onHover(-1);
    this.onMove();
  }

  resized() {
    const ratio = devicePixelRatio || 1;
    if (!this.canvas.clientWidth) return; // another tab is open
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    if (!this.ids) return;
    const view = this.wanted ?? (this.transform === zoomIdentity ? null : this.view());
    this.wanted = null;
    this.fitted();
    if (view) this.setView(view);
    this.draw();
  }

  pressed(event) {
    const step = 60;
    const moves = {
      ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step],
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) {
      const [x, y] = moves[event.key];
      this.selection.call(this.zoom.translateBy, x / this.transform.k, y / this.transform.k);
    } else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "0") this.all();
    else if (event.key === "Enter") {
      const at = this.at();
      const { width, height } = this.base;
      const token = this.tree.find((width / 2 - at.x) / at.k, (at.y - height / 2) / at.k);
      if (token !== undefined) this.onSelect(token);
    } else return;
    event.preventDefault();
  }

  smoothly() {
    return still.matches ? this.selection : this.selection.transition().duration(200);
  }

  zoomBy(factor) {
    this.smoothly().call(this.zoom.scaleBy, factor);
  }

  all() {
    this.smoothly().call(this.zoom.transform, zoomIdentity);
  }

  // How far it is zoomed, and what place of the plane is at the centre: for any size of the map.
  view() {
    const { width, height } = this.base;
    const at = this.at();
    return { k: this.transform.k, x: (width / 2 - at.x) / at.k, y: (at.y - height / 2) / at.k };
  }

  setView({ k, x, y }) {
    const { scale, width, height, x: middle, y: level } = this.base;
    if (!width) {
      this.wanted = { k, x, y }; // until the map is seen
      return;
    }
    const left = width / 2 - k * (width / 2 + scale * (x - middle));
    const top = height / 2 - k * (height / 2 - scale * (y - level));
    this.selection.call(this.zoom.transform, zoomIdentity.translate(left, top).scale(k));
  }

  // Shows all at once, without a way there.
  reset() {
    this.wanted = null;
    this.selection.call(this.zoom.transform, zoomIdentity);
  }

  // Moves a token into view if it is outside.
  reveal(token) {
    const [x, y] = this.pixel(token);
    const { width, height } = this.base;
    if (x > 20 && y > 20 && x < width - 20 && y < height - 20) return;
    const { k } = this.transform;
    this.selection.call(this.zoom.translateBy, (width / 2 - x) / k, (height / 2 - y) / k);
  }

  mark(marked) {
    this.marked = marked;
    this.redraw();
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  // The colours of style.css, #rrggbb, until light becomes dark.
  theme() {
    if (!this.found) {
      const style = getComputedStyle(document.documentElement);
      const of = (name) => style.getPropertyValue(`--${name}`).trim();
      const colours = Array.from({ length: N_COLOURS }, (_, i) => of(`colour-${i}`));
      this.found = { colours, text: of("text"), back: of("back") };
    }
    return this.found;
  }

  draw() {
    const { context, base } = this;
    if (!this.ids || !this.canvas.width || !this.canvas.height) return; // another tab is open
    const ratio = this.canvas.width / (base.width || 1);
    const { colours, text, back } = this.theme();
    const at = this.at();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.points(colours, back, at, ratio);
    this.rings(at, text, colours[1]);
    this.labels(at, text, back);
    if (document.activeElement === this.canvas) cross(context, base, text);
  }

  // Few points are discs; many are squares, set in a buffer of pixels: a canvas takes ten times as
  // long to fill as many rectangles without a GPU.
  points(colours, back, at, ratio) {
    const { context } = this;
    if (this.ids.length > MOST_DISCS) {
      this.squares(colours, back, at, ratio);
      return;
    }
    context.fillStyle = back;
    context.fillRect(0, 0, this.base.width, this.base.height);
    context.globalAlpha = 0.85;
    for (const [colour, tokens] of this.groups) {
      context.fillStyle = colours[colour % colours.length];
      this.discs(tokens, at);
    }
    context.globalAlpha = 1;
  }

  discs(tokens, at) {
    const { context, radius, base } = this;
    context.beginPath();
    for (const token of tokens) {
      const [x, y] = this.pixel(token, at);
      if (x < -radius || y < -radius || x > base.width + radius || y > base.height + radius) continue;
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 7);
    }
    context.fill();
  }

  squares(colours, back, at, ratio) {
    const { canvas, context, places } = this;
    const { width, height } = canvas;
    if (this.image?.width !== width || this.image?.height !== height) {
      this.image = context.createImageData(width, height);
      this.buffer = new Uint32Array(this.image.data.buffer);
    }
    const { buffer } = this;
    buffer.fill(asPixel(back));
    const side = Math.max(1, Math.round(2 * this.radius * ratio));
    const [k, left, top] = [at.k * ratio, at.x * ratio - side / 2, at.y * ratio - side / 2];
    for (const [colour, tokens] of this.groups) {
      const pixel = asPixel(colours[colour % colours.length]);
      for (let i = 0; i < tokens.length; i += 1) {
        const x = Math.round(left + k * places[2 * tokens[i]]);
        const y = Math.round(top - k * places[2 * tokens[i] + 1]);
        if (x < 0 || y < 0 || x + side > width || y + side > height) continue;
        for (let row = y * width + x, end = row + side * width; row < end; row += width) {
          for (let column = row; column < row + side; column += 1) buffer[column] = pixel;
        }
      }
    }
    context.putImageData(this.image, 0, 0);
  }

  rings(at, text, second) {
    const { context, marked } = this;
    const ring = (token, radius, colour, width) => {
      if (!this.holds(token)) return;
      const [x, y] = this.pixel(token, at);
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    };
    for (const token of marked.near) ring(token, this.radius + 3, text, 1.5);
    ring(marked.compared, this.radius + 6, second, 3);
    ring(marked.selected, this.radius + 6, text, 3);
  }

  holds(token) {
    return token >= 0 && this.tokens.some(([start, stop]) => token >= start && token < stop);
  }

  label(token) {
    if (!this.known.has(token)) {
      const text = shortened(this.data.categories[token]);
      this.known.set(token, [text, this.context.measureText(text).width]);
    }
    return this.known.get(token);
  }

  labels(at, text, back) {
    const { context, base, marked } = this;
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    const taken = [];
    const free = (box) => !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]);
    const put = (token, always) => {
      const [x, y] = this.pixel(token, at);
      if (x < 0 || y < 0 || x > base.width || y > base.height) return false;
      const [label, width] = this.label(token);
      const left = x + this.radius + 3 + width > base.width ? x - this.radius - 3 - width : x + this.radius + 3;
      const box = [left - 2, y - 8, left + width + 2, y + 8];
      if (!always && !free(box)) return false;
      taken.push(box);
      context.lineWidth = 3;
      context.strokeStyle = back;
      context.strokeText(label, left, y);
      context.fillStyle = text;
      context.fillText(label, left, y);
      return true;
    };
    for (const token of [marked.selected, marked.compared]) if (this.holds(token)) put(token, true);
    for (const token of marked.near) if (this.holds(token)) put(token, false);
    let labels = 0;
    let tried = 0;
    for (const token of this.byRows) {
      if (labels >= MOST_LABELS || tried >= MOST_TRIED) break;
      const [x, y] = this.pixel(token, at);
      if (x < 0 || y < 0 || x > base.width || y > base.height) continue;
      tried += 1;
      if (put(token, false)) labels += 1;
    }
  }
}

// #rrggbb as a pixel of an image; machines that run browsers are little-endian
function asPixel(colour) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function grouped(ids, colours) {
  const groups = new Map();
  for (const token of ids) {
    const colour = colours(token);
    if (!groups.has(colour)) groups.set(colour, []);
    groups.get(colour).push(token);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([c, tokens]) => [c, Int32Array.from(tokens)]);
}

function shortened(label) {
  const signs = [...label.slice(0, 80).replace(/\s+/g, " ")];
  return signs.length > 28 ? `${signs.slice(0, 27).join("")}\u2026` : signs.join("");
}

function cross(context, { width, height }, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(width / 2 - 8, height / 2);
  context.lineTo(width / 2 + 8, height / 2);
  context.moveTo(width / 2, height / 2 - 8);
  context.lineTo(width / 2, height / 2 + 8);
  context.stroke();
}
