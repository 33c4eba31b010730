// ---------------------------------------------------------------- the loss, the plane, and what neurons make of it

const GRID = 45; // points on a side of the plane
const THUMB = 15; // of the small maps
const said = new Float64Array(Math.max(data.hidden.flat().length, 1));
const everyUnit = data.hidden.flat();
const WHOLE = -1; // the network as a whole, among its neurons
const hasBoundary = data.mapped && data.outputs.length <= 2;
const hasBent = hasBoundary && data.hidden.length === 2 && data.hidden[0].length === 2;
const plane = data.mapped ? new Float64Array(GRID * GRID * everyUnit.length) : null;
let range = [-1, 1, -1, 1];

// A colour of the page as it is now, in light or in dark.
function colour(name) {
  const probe = document.getElementById("say");
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

let palette = {};

function readPalette() {
  for (const name of ["ink", "quiet", "line", "card", "plus", "minus", "rose", "page"]) palette[name] = colour(name);
  palette.plusPale = colour("plus-pale");
  palette.minusPale = colour("minus-pale");
  shades = null;
}

// A canvas as large as it stands on the page, ready to be drawn on in pixels of the page.
function surface(canvas) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px Helvetica, Arial, sans-serif";
  return { pen, width, height };
}

// ---------------------------------------------------------------- the curve of losses

function drawLosses() {
  const { pen, width, height } = surface(document.querySelector("#losses canvas"));
  const now = currentLoss();
  const all = [...state.losses, now].filter((x) => x > 0 && Number.isFinite(x));
  const [left, right, top, bottom] = [50, width - 14, 10, height - 26];
  pen.fillStyle = palette.quiet;
  pen.textAlign = "center";
  const count = state.losses.length;
  const done = `${state.done.toLocaleString("en")} ${data.history ? "epochs" : state.done === 1 ? "update" : "updates"}`;
  if (!count) return pen.fillText("step or train, and the loss is drawn here", width / 2, height / 2);
  pen.fillText(done, (left + right) / 2, height - 7);
  if (!all.length) return;
  let low = Math.log10(Math.min(...thinned(all)));
  let high = Math.log10(Math.max(...thinned(all)));
  const room = Math.max(0.05, (high - low) * 0.08);
  [low, high] = [low - room, high + room];
  const y = (loss) => bottom - (Math.log10(loss) - low) / (high - low) * (bottom - top);
  const x = (k) => left + (count ? k / count : 1) * (right - left);
  pen.strokeStyle = palette.line;
  pen.lineWidth = 1;
  pen.textAlign = "right";
  for (const mark of marks(low, high)) {
    pen.beginPath();
    pen.moveTo(left, y(mark));
    pen.lineTo(right, y(mark));
    pen.stroke();
    pen.fillText(figure(mark, 2), left - 7, y(mark) + 4);
  }
  pen.strokeStyle = palette.rose;
  pen.lineWidth = 2.2;
  pen.lineJoin = "round";
  pen.beginPath();
  const stride = Math.max(1, Math.floor(count / (2 * width)));
  for (let k = 0; k < count; k += stride) if (state.losses[k] > 0) pen.lineTo(x(k), y(state.losses[k]));
  if (now > 0) pen.lineTo(x(count), y(now));
  pen.stroke();
  if (!(now > 0)) return;
  pen.fillStyle = palette.rose;
  pen.beginPath();
  pen.arc(x(count), y(now), 4, 0, 7);
  pen.fill();
}

function thinned(numbers) {
  const stride = Math.ceil(numbers.length / 5000);
  return stride === 1 ? numbers : numbers.filter((_, place) => place % stride === 0).concat(numbers.at(-1));
}

// Round numbers between two powers of ten, about four of them.
function marks(low, high) {
  const found = [];
  const steps = high - low > 3 ? [1] : high - low > 0.8 ? [1, 2, 5] : null;
  if (steps) {
    for (let power = Math.floor(low); power <= high; power++) {
      for (const step of steps) {
        const at = Math.log10(step) + power;
        if (at >= low && at <= high) found.push(step * 10 ** power);
      }
    }
    const every = Math.ceil(found.length / 6);
    return found.filter((_, place) => place % every === 0);
  }
  for (let k = 0; k < 4; k++) found.push(rounded(10 ** (low + (high - low) * (k + 0.5) / 4), 3));
  return [...new Set(found)];
}

// The loss that training makes smaller, as it is now.
function currentLoss() {
  const samples = batch();
  return samples && state.batch === "all" ? meanLoss() : values[data.root];
}

let meanAt = { x: null, loss: 0 };

function meanLoss() {
  if (!meanAt.x || meanAt.x.some((x, place) => x !== state.x[place])) {
    const at = Float64Array.from(state.x);
    let loss = 0;
    for (const sample of state.samples) {
      put(at, sample);
      loss += programs.graphs[kindOf(sample)](at, other.values, other.gradients);
    }
    meanAt = { x: Float64Array.from(state.x), loss: loss / state.samples.length };
  }
  return meanAt.loss;
}

// ---------------------------------------------------------------- the plane

const threshold = () => (data.sigmoid ? 0.5 : 0);

function findRange() {
  const points = state.samples.length ? state.samples.map(([x]) => x) : [data.inputs.map((node) => values[node])];
  range = [0, 1].flatMap((axis) => {
    const numbers = points.map((point) => point[axis]);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const room = 0.15 * (high - low) || 1;
    return [low - room, high + room];
  });
}

// What every neuron says at every point of the plane.
function scan() {
  const at = Float64Array.from(state.x);
  const [first, second] = data.inputs.map((node) => leafAt[node]);
  const [left, right, low, high] = range;
  let place = 0;
  for (let row = 0; row < GRID; row++) {
    at[second] = high - (row / (GRID - 1)) * (high - low);
    for (let column = 0; column < GRID; column++) {
      at[first] = left + (column / (GRID - 1)) * (right - left);
      programs.forward(at, said);
      plane.set(said, place);
      place += said.length;
    }
  }
}

let shades = null;

// Orange below, blue above, on the scale of a root; 256 steps on either side.
function shadeTable() {
  const channels = (name) => {
    return name.match(/\d+/g).slice(0, 3).map(Number);
  };
  const [ground, plus, minus] = [palette.card, palette.plusPale, palette.minusPale].map(channels);
  const table = new Uint32Array(513);
  for (let k = -256; k <= 256; k++) {
    const share = Math.sqrt(Math.abs(k) / 256);
    const [r, g, b] = ground.map((x, i) => Math.round(x + ((k > 0 ? plus : minus)[i] - x) * share));
    table[k + 256] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
}

// The map of one neuron as an image of so many points on a side.
function painted(unit, side) {
  shades ??= shadeTable();
  const image = new ImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const height = heights(unit);
  let most = 0;
  for (let point = 0; point < GRID * GRID; point++) most = Math.max(most, Math.abs(height(point)));
  const stride = (GRID - 1) / (side - 1);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const point = Math.round(row * stride) * GRID + Math.round(column * stride);
      const share = most > 0 ? height(point) / most : 0;
      pixels[row * side + column] = shades[Number.isNaN(share) ? 256 : Math.round(share * 256) + 256];
    }
  }
  return image;
}

// By point of the plane how far a neuron is above its middle; of WHOLE, how far the network is for the upper class.
function heights(unit) {
  const step = everyUnit.length;
  if (unit !== WHOLE) {
    const middle = middleOf(unit);
    return (point) => plane[point * step + unit] - middle;
  }
  if (data.outputs.length === 2) return (point) => plane[point * step + step - 1] - plane[point * step + step - 2];
  const middle = threshold();
  return (point) => plane[point * step + step - 1] - middle;
}

// A hidden sigmoid says yes or no around ½, anything else around 0.
const middles = new Map();

function middleOf(unit) {
  if (!middles.has(unit)) {
    let [low, high] = [Infinity, -Infinity];
    for (let k = unit; k < plane.length; k += everyUnit.length) {
      low = Math.min(low, plane[k]);
      high = Math.max(high, plane[k]);
    }
    middles.set(unit, data.squashed[unit] ? 0.5 : 0);
  }
  return middles.get(unit);
}

const sheet = document.createElement("canvas");

function drawMaps() {
  for (const [place, node] of everyUnit.entries()) {
    for (const image of svg.querySelectorAll(`[data-map="${node}"] image`)) {
      sheet.width = sheet.height = THUMB;
      sheet.getContext("2d").putImageData(painted(place, THUMB), 0, 0);
      image.setAttribute("href", sheet.toDataURL());
    }
  }
}

function drawPlane(canvas, unit, samples = true) {
  const { pen, width, height } = surface(canvas);
  sheet.width = sheet.height = GRID;
  sheet.getContext("2d").putImageData(painted(unit, GRID), 0, 0);
  pen.imageSmoothingEnabled = true;
  const cell = [width / (GRID - 1), height / (GRID - 1)];
  pen.drawImage(sheet, -cell[0] / 2, -cell[1] / 2, width + cell[0], height + cell[1]);
  pen.strokeStyle = palette.ink;
  pen.lineWidth = 1.6;
  contour(pen, heights(unit), cell);
  if (!samples) return;
  const [left, right, low, high] = range;
  const at = (x) => [(x[0] - left) / (right - left) * width, (high - x[1]) / (high - low) * height];
  drawSamples(pen, at);
}

// Where the plane is at a level: marching squares, with ends where the neuron itself would say so.
function contour(pen, at, [across, down]) {
  const height = (row, column) => at(row * GRID + column);
  pen.beginPath();
  for (let row = 0; row < GRID - 1; row++) {
    for (let column = 0; column < GRID - 1; column++) {
      const corners = [height(row, column), height(row, column + 1), height(row + 1, column + 1), height(row + 1, column)];
      const ends = [];
      const places = [[0, 0], [1, 0], [1, 1], [0, 1]];
      for (let k = 0; k < 4; k++) {
        const [a, b] = [corners[k], corners[(k + 1) % 4]];
        if (a > 0 === b > 0) continue;
        const share = a / (a - b);
        const [[x, y], [x2, y2]] = [places[k], places[(k + 1) % 4]];
        ends.push([(column + x + (x2 - x) * share) * across, (row + y + (y2 - y) * share) * down]);
      }
      for (let k = 0; k + 1 < ends.length; k += 2) {
        pen.moveTo(...ends[k]);
        pen.lineTo(...ends[k + 1]);
      }
    }
  }
  pen.stroke();
}

// Every sample: blue and round above, orange and square below; a ring around those on the wrong side.
function drawSamples(pen, at) {
  const verdicts = judged();
  for (const [place, [x, y]] of shownSamples().entries()) {
    const [left, top] = at(x, place);
    const above = y[0] > targetMiddle();
    pen.fillStyle = above ? palette.plus : palette.minus;
    pen.strokeStyle = palette.card;
    pen.lineWidth = 1.4;
    pen.beginPath();
    if (above) pen.arc(left, top, 4.6, 0, 7);
    else pen.rect(left - 4, top - 4, 8, 8);
    pen.fill();
    pen.stroke();
    if (verdicts[place] === false) ring(pen, left, top, 8, palette.rose, 2);
    if (place === state.sample && state.samples.length > 1) ring(pen, left, top, 10.5, palette.ink, 1.6);
  }
}

function ring(pen, left, top, size, look, width) {
  pen.beginPath();
  pen.arc(left, top, size, 0, 7);
  pen.strokeStyle = look;
  pen.lineWidth = width;
  pen.stroke();
}

function shownSamples() {
  if (state.samples.length) return state.samples;
  return [[data.inputs.map((node) => values[node]), data.targets.map((node) => values[node])]];
}

function targetMiddle() {
  const targets = state.samples.map(([, y]) => y[0]);
  if (targets.length < 2) return threshold();
  return (Math.min(...targets) + Math.max(...targets)) / 2;
}

// By sample, what the neurons say there, and whether the network is right; null where no classes are told apart.
function judged() {
  if (!programs.forward || !state.samples.length) return [];
  const at = Float64Array.from(state.x);
  const two = data.outputs.length === 1 && new Set(state.samples.map(([, y]) => y[0])).size === 2;
  return state.samples.map((sample) => {
    put(at, sample);
    programs.forward(at, said);
    if (two) return said[said.length - 1] > threshold() === sample[1][0] > targetMiddle();
    if (!data.classes.length || data.outputs.length < 2) return null;
    const outputs = said.subarray(said.length - data.outputs.length);
    return outputs.indexOf(Math.max(...outputs)) === sample[1][0];
  });
}

// The plane in the coordinates of two hidden neurons: its grid, bent, and the line where the network changes its mind.
function drawBent() {
  const canvas = document.querySelector("#bent canvas");
  const { pen, width, height } = surface(canvas);
  const step = everyUnit.length;
  const pair = [0, 1];
  const bounds = pair.map((unit) => {
    let [low, high] = [Infinity, -Infinity];
    for (let k = unit; k < plane.length; k += step) {
      low = Math.min(low, plane[k]);
      high = Math.max(high, plane[k]);
    }
    const room = 0.08 * (high - low) || 0.5;
    return [low - room, high + room];
  });
  const [[left, right], [low, high]] = bounds;
  const [x0, y0, x1, y1] = [34, height - 24, width - 8, 8];
  const at = (a, b) => [x0 + (a - left) / (right - left) * (x1 - x0), y0 - (b - low) / (high - low) * (y0 - y1)];
  const point = (row, column) => {
    const k = (row * GRID + column) * step;
    return at(plane[k], plane[k + 1]);
  };
  pen.lineWidth = 1;
  pen.strokeStyle = palette.line;
  for (let k = 0; k < GRID; k += 4) {
    for (const turned of [false, true]) {
      pen.beginPath();
      for (let j = 0; j < GRID; j++) pen.lineTo(...(turned ? point(j, k) : point(k, j)));
      pen.stroke();
    }
  }
  const whole = heights(WHOLE);
  for (let row = 0; row < GRID; row += 2) {
    for (let column = 0; column < GRID; column += 2) {
      const above = whole(row * GRID + column) > 0;
      pen.fillStyle = above ? palette.plusPale : palette.minusPale;
      pen.beginPath();
      pen.arc(...point(row, column), 2, 0, 7);
      pen.fill();
    }
  }
  const at2 = Float64Array.from(state.x);
  drawSamples(pen, (x) => {
    data.inputs.forEach((node, axis) => { at2[leafAt[node]] = x[axis]; });
    programs.forward(at2, said);
    return at(said[0], said[1]);
  });
  pen.fillStyle = palette.quiet;
  pen.textAlign = "center";
  pen.fillText(data.names[everyUnit[0]].v, (x0 + x1) / 2, height - 6);
  pen.textAlign = "left";
  pen.fillText(data.names[everyUnit[1]].v, 8, (y0 + y1) / 2);
}

// ---------------------------------------------------------------- all of them

let plotsDue = false;
let lastPlots = 0;

function drawPlots() {
  if (!plotsDue) return;
  plotsDue = false;
  lastPlots = performance.now();
  drawLosses();
  const verdicts = judged().filter((verdict) => verdict !== null);
  const right = verdicts.filter(Boolean).length;
  setText(el("right"), verdicts.length ? `${right} of ${verdicts.length} right (${Math.round(100 * right / verdicts.length)} %)` : "");
  if (!data.mapped) return;
  scan();
  drawMaps();
  if (hasBoundary) drawPlane(document.querySelector("#boundary canvas"), WHOLE);
  if (hasBent) drawBent();
  if (!lens.hidden) drawLens();
}

// What a neuron says, larger, while the mouse rests on its map.
const lens = document.getElementById("lens");
let lensUnit = 0;

function drawLens() {
  drawPlane(lens.querySelector("canvas"), lensUnit);
  setText(lens.querySelector("p"), `what ${data.names[everyUnit[lensUnit]].v} says over ${data.inputs.map((node) => data.names[node].v).join(" and ")}`);
}

function recolour() {
  readPalette();
  redraw();
}

// A notebook cannot be asked for its theme; the frame that the page stands in has another height in each.
const THEMES = { 861: "dark", 862: "light" };

function readTheme() {
  const theme = parent === window ? undefined : THEMES[innerHeight];
  if (document.documentElement.dataset.theme === theme) return;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  recolour();
}

function beginPlots() {
  readPalette();
  readTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  if (!data.mapped) return;
  document.getElementById("boundary").hidden = !hasBoundary;
  document.getElementById("bent").hidden = !hasBent;
  findRange();
  for (const map of svg.querySelectorAll(".map")) {
    map.addEventListener("pointerenter", () => {
      const box = map.getBoundingClientRect();
      lensUnit = everyUnit.indexOf(Number(map.dataset.map));
      lens.hidden = false;
      const left = Math.min(box.right + 10, innerWidth - lens.offsetWidth - 10);
      Object.assign(lens.style, { left: `${left + scrollX}px`, top: `${Math.max(box.top - 40, 8) + scrollY}px` });
      drawLens();
    });
    map.addEventListener("pointerleave", () => { lens.hidden = true; });
  }
  document.querySelector("#boundary canvas").addEventListener("click", (event) => {
    if (state.samples.length < 2) return;
    const box = event.target.getBoundingClientRect();
    const [left, right, low, high] = range;
    const distance = ([x]) => ((x[0] - left) / (right - left) * box.width - (event.clientX - box.left)) ** 2
      + ((high - x[1]) / (high - low) * box.height - (event.clientY - box.top)) ** 2;
    const nearest = state.samples.map(distance).reduce((best, d, place, all) => (d < all[best] ? place : best), 0);
    remember();
    choose(nearest);
  });
}
