// ---------------------------------------------------------------- the engine's programs, run on numbers

const data = JSON.parse(document.getElementById("data").textContent, (key, item) =>
  (item === "inf" ? Infinity : item === "-inf" ? -Infinity : item === "nan" ? NaN : item));
const COUNT = data.names.length;
const leafAt = new Int32Array(COUNT).fill(-1);
data.leaves.forEach((node, place) => { leafAt[node] = place; });
const moved = data.parameters.map((node) => leafAt[node]);
const given = [...data.inputs, ...data.targets].map((node) => leafAt[node]);

const values = new Float64Array(COUNT);
const gradients = new Float64Array(COUNT);
const other = { values: new Float64Array(COUNT), gradients: new Float64Array(COUNT) };

// Which of the programs a sample is for: where targets are classes, each has one of its own.
function kindOf(sample) {
  return data.classes.length && sample ? data.classes.indexOf(sample[1][0]) : 0;
}

// All values and gradients of the graph with these leaves; the loss.
function computed(x, sample) {
  return programs.graphs[kindOf(sample)](x, values, gradients);
}

// The mean loss of some samples and its slope in every parameter; x is left as it was.
function slopes(x, samples) {
  const sums = new Float64Array(moved.length);
  const at = Float64Array.from(x);
  let loss = 0;
  for (const sample of samples) {
    put(at, sample);
    loss += programs.graphs[kindOf(sample)](at, other.values, other.gradients);
    for (let k = 0; k < sums.length; k++) sums[k] += other.gradients[data.parameters[k]];
  }
  for (let k = 0; k < sums.length; k++) sums[k] /= samples.length;
  return { loss: loss / samples.length, gradient: sums };
}

// The inputs and targets of a sample into their leaves.
function put(x, sample) {
  let place = 0;
  for (const part of sample) {
    for (const number of part) if (place < given.length) x[given[place++]] = number;
  }
}

// One step down the slope: w − η·∂L/∂w of every parameter.
function descended(x, gradient, rate) {
  for (let k = 0; k < moved.length; k++) x[moved[k]] -= rate * gradient[k];
}
