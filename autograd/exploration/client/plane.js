// ---------------------------------------------------------------- what the neurons say at every point of the plane

const GRID = 45; // points on a side of the plane
const WHOLE = -1; // the network as a whole, among its neurons
const everyUnit = data.hidden.flat();
const manyClasses = data.outputs.length > 2 && data.classes.length > 0;
const hasBoundary = data.mapped && (data.outputs.length <= 2 || manyClasses);
const hasBent = hasBoundary && data.hidden.length === 2 && data.hidden[0].length === 2;
const said = new Float64Array(Math.max(data.hidden.flat().length, 1));
const plane = data.mapped ? new Float64Array(GRID * GRID * everyUnit.length) : null;
let range = [-1, 1, -1, 1];
const threshold = () => (data.sigmoid ? 0.5 : 0);

// A hidden sigmoid says yes or no around ½, anything else around 0.
const middleOf = (unit) => (data.squashed[unit] ? 0.5 : 0);

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

function outputsAt(point) {
  const end = (point + 1) * everyUnit.length;
  return plane.subarray(end - data.outputs.length, end);
}

// By point of the plane how far the output of a class is above all others; without a list of these, which takes long.
function lead(kind) {
  return (point) => {
    const outputs = outputsAt(point);
    let other = -Infinity;
    for (let k = 0; k < outputs.length; k++) if (k !== kind && outputs[k] > other) other = outputs[k];
    return outputs[kind] - other;
  };
}

// The class whose output is the largest at a point of the plane.
function winner(point) {
  const outputs = outputsAt(point);
  return outputs.indexOf(Math.max(...outputs));
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
