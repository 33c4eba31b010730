// ---------------------------------------------------------------- what the page holds, and how it is taken back

const start = Float64Array.from(data.start);
const state = {
  x: Float64Array.from(start), // the leaves of the graph
  samples: data.samples.map(([x, y]) => [Float64Array.from(x), Float64Array.from(y)]),
  sample: 0,
  rate: data.lr,
  batch: "all",
  losses: [], // before each update; of a training that was, of its epochs
  done: 0, // so many updates, or epochs
  past: [],
};
const listeners = [];
let lastMove = { node: -1, time: 0 };
let busy = false; // between the beginning and the end of a drag or a training

// To be called before anything changes: what `back` returns to.
function remember() {
  const { x, sample, rate, losses, done } = state;
  lastMove.node = -1;
  state.past.push({ x: Float64Array.from(x), sample, rate, losses, count: losses.length, done });
  if (state.past.length > 2000) state.past.splice(1, 1); // the first stays, to which `reset` returns
}

function back(whole = false) {
  const before = whole ? state.past[0] : state.past.at(-1);
  if (!before) return;
  if (whole) for (const step of state.past.toReversed()) restore(step);
  restore(before);
  state.past.length = whole ? 0 : state.past.length - 1;
  changed();
}

function restore(before) {
  state.x.set(before.x);
  state.sample = before.sample;
  state.rate = before.rate;
  state.losses = before.losses;
  state.losses.length = before.count;
  state.done = before.done;
  keepSample();
}

// The chosen sample has the numbers that stand in the picture.
function keepSample() {
  if (!state.samples.length) return;
  let place = 0;
  for (const part of state.samples[state.sample]) {
    for (let k = 0; k < part.length && place < given.length; k++) part[k] = state.x[given[place++]];
  }
}

function setLeaf(node, number) {
  state.x[leafAt[node]] = number;
  if (given.includes(leafAt[node])) keepSample();
  changed();
}

function choose(sample) {
  state.sample = sample;
  put(state.x, state.samples[sample]);
  changed();
}

// The samples that the next update is made with.
function batch() {
  if (!state.samples.length) return null;
  return state.batch === "all" ? state.samples : [state.samples[state.sample]];
}

// One update; of one sample, the next one is then the chosen one. The loss before it.
function update() {
  const samples = batch();
  let found;
  if (samples) found = slopes(state.x, samples);
  else found = { loss: computed(state.x), gradient: data.parameters.map((p) => gradients[p]) };
  descended(state.x, found.gradient, state.rate);
  state.losses.push(found.loss);
  state.done += 1;
  if (samples && state.batch === "one") {
    state.sample = (state.sample + 1) % state.samples.length;
    put(state.x, state.samples[state.sample]);
  }
  return found.loss;
}

function changed() {
  computed(state.x, state.samples[state.sample]);
  for (const listener of listeners) listener();
}
