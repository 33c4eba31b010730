// ---------------------------------------------------------------- maps of the plane: small ones of neurons, the boundary, the plane as the hidden layer bends it

const THUMB = 15; // of the small maps
const sheet = document.createElement("canvas");
let shades = null;

// Orange below, blue above, on the scale of a root; 256 steps on either side.
function shadeTable() {
  const [ground, plus, minus] = [palette.card, palette.plusPale, palette.minusPale].map(channels);
  const table = new Uint32Array(513);
  for (let k = -256; k <= 256; k++) {
    const share = Math.sqrt(Math.abs(k) / 256);
    const [r, g, b] = ground.map((x, i) => Math.round(x + ((k > 0 ? plus : minus)[i] - x) * share));
    table[k + 256] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
}

const channels = (look) => look.match(/\d+/g).slice(0, 3).map(Number);

// Of many classes, everywhere the colour of the one that the network says.
function paintedClasses() {
  const image = new ImageData(GRID, GRID);
  const looks = palette.classesPale.map(channels);
  for (let point = 0; point < GRID * GRID; point++) image.data.set([...looks[winner(point) % looks.length], 255], 4 * point);
  return image;
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
  const classes = manyClasses && unit === WHOLE;
  sheet.getContext("2d").putImageData(classes ? paintedClasses() : painted(unit, GRID), 0, 0);
  pen.imageSmoothingEnabled = true;
  const cell = [width / (GRID - 1), height / (GRID - 1)];
  pen.drawImage(sheet, -cell[0] / 2, -cell[1] / 2, width + cell[0], height + cell[1]);
  pen.strokeStyle = palette.ink;
  pen.lineWidth = 1.6;
  for (const height of classes ? data.outputs.map((_, kind) => lead(kind)) : [heights(unit)]) contour(pen, height, cell);
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

// Every sample: blue and round above, orange and square below, of many classes with its number; a ring around those
// on the wrong side.
function drawSamples(pen, at) {
  const verdicts = judged();
  for (const [place, [x, y]] of shownSamples().entries()) {
    const [left, top] = at(x, place);
    const above = y[0] > targetMiddle();
    const looks = palette.classes;
    pen.fillStyle = manyClasses ? looks[y[0] % looks.length] : above ? palette.plus : palette.minus;
    pen.strokeStyle = palette.card;
    pen.lineWidth = 1.4;
    pen.beginPath();
    if (manyClasses) pen.arc(left, top, 6.6, 0, 7);
    else if (above) pen.arc(left, top, 4.6, 0, 7);
    else pen.rect(left - 4, top - 4, 8, 8);
    pen.fill();
    pen.stroke();
    if (manyClasses) inked(pen, y[0], left, top);
    if (verdicts[place] === false) ring(pen, left, top, 8, palette.rose, 2);
    if (place === state.sample && state.samples.length > 1) ring(pen, left, top, 10.5, palette.ink, 1.6);
  }
}

function inked(pen, number, left, top) {
  pen.fillStyle = palette.card;
  pen.font = "bold 9px Helvetica, Arial, sans-serif";
  pen.textAlign = "center";
  pen.fillText(number, left, top + 3.3);
}

function ring(pen, left, top, size, look, width) {
  pen.beginPath();
  pen.arc(left, top, size, 0, 7);
  pen.strokeStyle = look;
  pen.lineWidth = width;
  pen.stroke();
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
      const here = row * GRID + column;
      if (manyClasses) pen.fillStyle = palette.classesPale[winner(here) % palette.classesPale.length];
      else pen.fillStyle = whole(here) > 0 ? palette.plusPale : palette.minusPale;
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
