// ---------------------------------------------------------------- the picture, drawn anew in place

const svg = document.querySelector("#scroll svg");
const shapes = {
  numbers: [...svg.querySelectorAll(".num")].map((group) => ({
    group, rect: group.querySelector("rect"), text: group.querySelector(".figure"),
    node: Number(group.dataset.n), kind: group.dataset.k, shown: "", tint: "",
  })),
  weights: [...svg.querySelectorAll(".edge[data-n]:not([data-e])")].map((group) => ({
    group, line: group.querySelector(".line"), node: Number(group.dataset.n), look: "",
  })),
  flows: [...svg.querySelectorAll(".edge[data-e]")].map((group) => ({
    line: group.querySelector(".line"), edge: Number(group.dataset.e), look: "",
  })),
  units: [...svg.querySelectorAll(".unit")].map((group) => ({
    group, rect: group.querySelector("rect.ground"), text: group.querySelector(".figure"),
    node: Number(group.dataset.n), mapped: Boolean(group.querySelector(".map")), shown: "", tint: "",
  })),
};
const flowed = new Float64Array(shapes.flows.length);
const isParameter = new Set(data.parameters);
let unknown = () => false; // while one walks: whether a number is not known yet
let ahead = () => null; // and what an update has made of it

function drawPicture() {
  const weight = largest(data.parameters.map((node) => values[node]));
  let steepest = 0;
  for (let node = 0; node < COUNT; node++) {
    const size = Math.abs(gradients[node]);
    if (node !== data.root && size > steepest && size < Infinity) steepest = size;
  }
  const broadest = shapes.weights.length > 120 ? 2.6 : 4.2;
  for (const shape of shapes.numbers) drawNumber(shape, weight, steepest);
  for (const shape of shapes.units) drawUnit(shape);
  for (const shape of shapes.weights) drawLine(shape, shape.line, values[shape.node], weight, 0.8, broadest);
  if (shapes.flows.length) {
    programs.flows(state.x, flowed);
    const most = largest(flowed);
    for (const shape of shapes.flows) drawLine(shape, shape.line, flowed[shape.edge], most, 1, 3);
  }
}

function largest(numbers) {
  let found = 0;
  for (const x of numbers) if (Math.abs(x) > found && Math.abs(x) < Infinity) found = Math.abs(x);
  return found;
}

function drawNumber(shape, weight, steepest) {
  const { node, kind } = shape;
  const hidden = unknown(node, kind);
  const next = kind === "v" ? ahead(node) : null;
  const x = next ?? (kind === "v" ? values[node] : gradients[node]);
  const shown = hidden ? "–" : decimals(x);
  const plain = hidden || (kind === "v" && !isParameter.has(node));
  const tint = plain ? `${hidden ? "unknown" : ""} 1` : tinted(x, kind === "v" ? weight : steepest);
  if (shape.shown !== shown) {
    shape.shown = shown;
    shape.text.textContent = shown;
    if (shape.group.getAttribute("role") === "spinbutton") {
      shape.group.setAttribute("aria-valuenow", Number.isFinite(x) ? x : 0);
      shape.group.setAttribute("aria-valuetext", figure(x));
    } else shape.group.setAttribute("aria-label", `${data.names[node][kind]} = ${shown}`);
  }
  if (shape.tint !== tint) {
    shape.tint = tint;
    const [look, depth] = tint.split(" ");
    shape.rect.setAttribute("class", look);
    shape.rect.setAttribute("fill-opacity", depth);
  }
}

// The sign as a colour, the size as its depth.
function tinted(x, most) {
  if (!(x !== 0)) return " 1";
  const share = Math.min(Math.sqrt(Math.abs(x) / most), 1);
  return `${x > 0 ? "plus" : "minus"} ${(0.1 + 0.34 * share).toFixed(2)}`;
}

function drawUnit(shape) {
  const hidden = unknown(shape.node, "v");
  const x = values[shape.node];
  const shown = hidden ? "–" : short(x);
  if (shape.shown !== shown) {
    shape.shown = shown;
    shape.text.textContent = shape.mapped ? "" : shown;
    const name = data.names[shape.node].v;
    if (shape.group.getAttribute("role") === "spinbutton") {
      shape.group.setAttribute("aria-valuenow", Number.isFinite(x) ? x : 0);
      shape.group.setAttribute("aria-valuetext", figure(x));
    } else shape.group.setAttribute("aria-label", `${name} = ${shown}`);
  }
  const tint = hidden || shape.mapped ? " 1" : tinted(x, Math.max(Math.abs(x), 1));
  if (shape.tint !== tint) {
    shape.tint = tint;
    const [look, depth] = tint.split(" ");
    shape.rect.setAttribute("class", `ground ${look}`);
    shape.rect.setAttribute("fill-opacity", depth);
  }
}

function short(x) {
  const size = Math.abs(x);
  return size === 0 || (size >= 0.005 && size < 99.95) ? `${x < 0 ? "−" : ""}${size.toFixed(2)}` : figure(x, 1);
}

function drawLine(shape, line, x, most, thinnest, broadest) {
  const share = most > 0 ? Math.min(Math.sqrt(Math.abs(x) / most), 1) : 0;
  const look = `${x > 0 ? "plus" : x < 0 ? "minus" : "none"} ${(thinnest + (broadest - thinnest) * share).toFixed(1)} `
    + (0.25 + 0.7 * share).toFixed(2);
  if (shape.look === look) return;
  shape.look = look;
  const [sign, width, opacity] = look.split(" ");
  line.setAttribute("class", `line ${sign}`);
  line.setAttribute("stroke-width", width);
  line.setAttribute("stroke-opacity", opacity);
}

// ---------------------------------------------------------------- lighting, and the size of the picture

function lit(node, kind, look = "lit") {
  for (const element of document.querySelectorAll(`.${look}`)) element.classList.remove(look);
  if (node === null) return;
  for (const element of svg.querySelectorAll(`[data-n="${node}"]`)) {
    if (!element.dataset.k || element.dataset.k === kind || element.classList.contains("unit")) element.classList.add(look);
  }
  for (const element of document.querySelectorAll(`#derivation .place[data-n="${node}"][data-k="${kind}"]`)) {
    element.classList.add(look);
  }
}

// The number into the part of the picture that is seen, where that is larger than its place.
function follow(node) {
  const place = document.getElementById("scroll");
  const shape = svg.querySelector(`[data-n="${node}"]`);
  if (!shape || place.scrollWidth <= place.clientWidth) return;
  const [box, frame] = [shape.getBoundingClientRect(), place.getBoundingClientRect()];
  if (box.left >= frame.left && box.right <= frame.right) return;
  place.scrollLeft += (box.left + box.right) / 2 - (frame.left + frame.right) / 2;
}

const zoom = { factor: 0 }; // 0 fits into the page

function resize() {
  const [width, height] = [Number(svg.dataset.width), Number(svg.dataset.height)];
  const room = document.getElementById("scroll").clientWidth;
  const smallest = { neurons: 0.85, network: 0.75, graph: 0.9 }[data.view]; // so that what is written can be read
  const whole = room / width;
  const factor = zoom.factor || (whole > 0.72 ? Math.min(whole, 1.1) : smallest);
  svg.setAttribute("width", Math.round(width * factor));
  svg.setAttribute("height", Math.round(height * factor));
  return factor;
}

function zoomed(by) {
  zoom.factor = Math.min(Math.max(resize() * by, 0.2), 4);
  resize();
}

// All of it, however small; at the second time what is large enough to be read.
function fitted() {
  const whole = document.getElementById("scroll").clientWidth / Number(svg.dataset.width);
  zoom.factor = zoom.factor === whole ? 0 : whole;
  resize();
}
