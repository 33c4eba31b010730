// ---------------------------------------------------------------- training, drawing, and how the page begins

let drawing = 0;
let training = 0;
const SPAN = 12; // milliseconds of a frame that training may take
let updates = 1; // of a frame: few at first, so that the beginning is seen

// Draws once for all that has changed until the next frame.
function redraw() {
  plotsDue = true;
  if (!drawing) drawing = requestAnimationFrame(draw);
}

function draw() {
  drawing = 0;
  const begin = performance.now();
  drawPicture();
  drawDerivation();
  drawTable();
  drawPlots();
  drawStatus();
  lastDraw = performance.now() - begin;
}

let lastDraw = 0;

function drawStatus() {
  const loss = figure(values[data.root]);
  const kind = data.classes.length ? `class ${state.samples[state.sample][1][0]} · ` : "";
  const root = data.names[data.root].v;
  const mean = state.samples.length > 1 ? ` · mean of all ${figure(meanLoss())}` : "";
  setText(el("status"), unknown(data.root, "v") ? "" : `${kind}${root} = ${loss}${mean}`);
  el("back").disabled = el("reset").disabled = state.past.length === 0;
  if (document.activeElement !== el("rate")) el("rate").value = String(state.rate);
  el("sample").value = String(state.sample);
  el("batch").value = state.batch;
}

const table = { cells: [] };

function makeTable() {
  const body = document.querySelector("#numbers tbody");
  for (const [node, name] of data.names.entries()) {
    const row = body.insertRow();
    row.dataset.name = name.v;
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name.v;
    row.append(head);
    for (const kind of ["v", "g"]) {
      const cell = row.insertCell();
      cell.dataset.of = kind === "v" ? "value" : "gradient";
      table.cells.push({ cell, node, kind });
    }
  }
}

function drawTable() {
  if (!el("numbers").open) return;
  for (const { cell, node, kind } of table.cells) {
    const x = kind === "v" ? values[node] : gradients[node];
    const hidden = unknown(node, kind);
    setText(cell, hidden ? "–" : figure(x, 8));
    cell.dataset.exact = hidden ? "" : String(x);
  }
}

// ---------------------------------------------------------------- training

function stopTraining() {
  if (!training) return;
  cancelAnimationFrame(training);
  training = 0;
  busy = false;
  setText(el("train"), "Train");
  el("train").setAttribute("aria-pressed", "false");
  changed();
  announce(`paused, ${state.losses.length} updates, loss ${figure(currentLoss())}`);
}

const HINT = el("hint").textContent;

function startTraining() {
  remember();
  updates = 1;
  setText(el("hint"), HINT);
  busy = true;
  setText(el("train"), "Pause");
  el("train").setAttribute("aria-pressed", "true");
  training = requestAnimationFrame(trainOn);
}

function trainOn() {
  training = requestAnimationFrame(trainOn);
  const until = performance.now() + SPAN;
  let bad = false;
  let left = (updates *= 1.03);
  do {
    const before = Float64Array.from(state.x);
    update();
    bad = !moved.every((place) => Number.isFinite(state.x[place]));
    if (bad) {
      state.x.set(before);
      state.losses.pop();
      state.done -= 1;
    }
  } while (!bad && --left > 0 && performance.now() < until);
  changed();
  if (!bad) return;
  stopTraining();
  announce("training stops: a parameter would be no number; take a smaller learning rate");
  setText(el("hint"), "Training stopped: a parameter would be no number. Take a smaller learning rate.");
}

function begin() {
  listeners.push(redraw, announceSoon);
  makeTable();
  for (const element of document.querySelectorAll(".only-samples")) element.hidden = state.samples.length < 2;
  for (const element of document.querySelectorAll(".only-history")) element.hidden = !data.history;
  state.samples.forEach(([x, y], place) => {
    const option = document.createElement("option");
    option.value = String(place);
    const inputs = [...x].slice(0, 3).map((number) => figure(number, 3)).join(", ");
    option.textContent = `${place + 1}: (${inputs}${x.length > 3 ? ", …" : ""}) → ${[...y].map((number) => figure(number, 3)).join(", ")}`;
    el("sample").append(option);
  });
  el("step").addEventListener("click", () => { stopTraining(); remember(); update(); changed(); });
  el("train").addEventListener("click", () => (training ? stopTraining() : startTraining()));
  el("back").addEventListener("click", () => { stopTraining(); back(); });
  el("reset").addEventListener("click", () => { stopTraining(); back(true); });
  el("sample").addEventListener("change", () => { stopTraining(); remember(); choose(Number(el("sample").value)); });
  el("batch").addEventListener("change", () => { state.batch = el("batch").value; changed(); });
  el("rate").addEventListener("change", () => {
    const rate = parsed(el("rate").value);
    if (rate !== null && rate > 0) {
      remember();
      state.rate = rate;
    } else announce("the learning rate is a number above 0");
    el("rate").value = String(state.rate);
    changed();
  });
  el("smaller").addEventListener("click", () => zoomed(1 / 1.2));
  el("larger").addEventListener("click", () => zoomed(1.2));
  el("fit").addEventListener("click", fitted);
  el("numbers").addEventListener("toggle", drawTable);
  addEventListener("resize", readTheme);
  new ResizeObserver(() => { resize(); redraw(); }).observe(el("scroll"));
  beginEditing();
  beginDerivation();
  beginPlots();
  beginWalk();
  beginSharing();
  resize();
  if (data.history) beginHistory();
  changed();
  readLink();
  const first = data.view === "graph" ? null : data.steps.find(([phase]) => phase === "backward");
  if (first) select(first[2], "g");
  else select(data.root, "v");
  if (data.walk) setWalking(true);
}

begin();
