// ---------------------------------------------------------------- walking: forward to the loss, back to the gradients, the update

const walk = { on: false, at: 0, timer: 0, waiting: false, frozen: null };
const byStep = new Map(data.steps.map(([, kind, node], place) => [`${kind}${node}`, place]));
const walked = new Set(data.steps.map(([, kind, node]) => `${kind}${node}`));
const PHASES = { given: "what is given", forward: "forward", backward: "backward", update: "the update" };

function el(id) {
  return document.getElementById(id);
}

function setWalking(on) {
  walk.on = on;
  el("to-play").setAttribute("aria-pressed", String(!on));
  el("to-walk").setAttribute("aria-pressed", String(on));
  el("walking").hidden = !on;
  document.body.classList.toggle("walk", on);
  if (on) {
    stopTraining();
    go(0);
  } else {
    stopWalk();
    unknown = () => false;
    ahead = () => null;
    for (const element of svg.querySelectorAll(".from")) element.classList.remove("from");
    select(selected.node, selected.kind === "u" ? "v" : selected.kind);
    redraw();
  }
}

// What is known at a step: leaves, and what was computed until then.
function hiddenAt(step, waiting) {
  return (node, kind) => {
    const place = byStep.get(`${kind}${node}`);
    if (kind === "v" && leafAt[node] >= 0) return false;
    if (place !== undefined) return place > step || (waiting && place === step);
    if (kind === "v") return step < (byStep.get(`v${data.root}`) ?? 0);
    const last = data.steps.findLastIndex(([phase]) => phase === "backward");
    return step < last;
  };
}

function go(step) {
  walk.at = Math.min(Math.max(step, 0), data.steps.length - 1);
  const [phase, kind, node] = data.steps[walk.at];
  walk.waiting = el("predict").checked && phase !== "given" && phase !== "update";
  unknown = hiddenAt(walk.at, walk.waiting);
  ahead = (leaf) => {
    const place = byStep.get(`u${leaf}`);
    return place !== undefined && place <= walk.at ? values[leaf] - state.rate * gradients[leaf] : null;
  };
  setText(el("where"), `${PHASES[phase]} · ${walk.at} of ${data.steps.length - 1}`);
  el("place").value = walk.at;
  el("place").setAttribute("aria-valuetext", `${walk.at} of ${data.steps.length - 1}, ${PHASES[phase]}`);
  el("previous").disabled = walk.at === 0;
  const last = walk.at === data.steps.length - 1;
  setText(el("next"), last ? "Once more, with the new numbers" : "Next");
  if (last) stopWalk();
  if (phase === "given") showGiven();
  else {
    Object.assign(selected, { node, kind });
    lit(node, kind === "u" ? "v" : kind, "chosen");
    follow(node);
    showDerivation(kind);
    hideWhatComes(phase);
  }
  redraw();
  announce(spoken(phase, kind, node));
}

function spoken(phase, kind, node) {
  if (phase === "given") return "What is given: the inputs, the target and the parameters.";
  const name = data.names[node][kind === "g" ? "g" : "v"];
  if (walk.waiting) return `${PHASES[phase]}: what is ${name}?`;
  const x = kind === "g" ? gradients[node] : kind === "u" ? ahead(node) : values[node];
  return `${PHASES[phase]}: ${name} is ${figure(x)}`;
}

function showGiven() {
  const head = document.createElement("h2");
  head.textContent = "What is given";
  const text = document.createElement("p");
  text.className = "lead";
  text.textContent = "The numbers that can be changed: inputs, target, weights and biases. From them everything follows, "
    + "forward to the loss, and back to every gradient.";
  lines = [];
  rows = [];
  el("told").replaceChildren(head, text);
  el("of-unit").replaceChildren();
  lit(null, "", "chosen");
  lightSources(null);
}

// Only the line of this step is shown, and while one predicts, not what it comes to.
function hideWhatComes(phase) {
  for (const block of el("told").querySelectorAll(".block.quiet")) block.remove();
  lines = lines.filter((line) => !line.element || line.element.isConnected);
  el("of-unit").replaceChildren();
  rows = [];
  const line = lines.find((one) => one.element);
  lightSources(line?.references ?? null);
  if (!walk.waiting || !line) return;
  line.element.classList.add("waiting");
  const asked = document.createElement("form");
  asked.className = "asked";
  asked.innerHTML = '<label for="guess">What is it?</label><input id="guess" type="text" inputmode="decimal" autocomplete="off">'
    + '<button type="submit">Reveal</button>';
  asked.addEventListener("submit", (event) => {
    event.preventDefault();
    reveal(line, asked);
  });
  el("told").append(asked);
  if (!walk.timer) asked.querySelector("input").focus({ preventScroll: true });
}

function reveal(line, asked) {
  const guess = parsed(asked.querySelector("input").value);
  const right = line.result();
  line.element.classList.remove("waiting");
  walk.waiting = false;
  unknown = hiddenAt(walk.at, false);
  const verdict = document.createElement("p");
  verdict.className = "verdict";
  if (guess !== null) {
    const off = Math.abs(guess - right);
    const close = off <= 0.006 * Math.abs(right) || figure(guess, 2) === figure(right, 2);
    verdict.classList.add(close ? "right" : "wrong");
    const why = Math.sign(guess) === -Math.sign(right) && right !== 0 ? "the sign is the other one" : `it is ${figure(right)}`;
    verdict.textContent = close ? "Right." : `Not quite: ${why}.`;
  } else verdict.textContent = `It is ${figure(right)}.`;
  asked.replaceWith(verdict);
  announce(verdict.textContent);
  redraw();
}

// The numbers that a step is made of.
function lightSources(references) {
  for (const element of svg.querySelectorAll(".from")) element.classList.remove("from");
  for (const [kind, node] of references ?? []) {
    if (kind !== "v" && kind !== "g") continue;
    for (const element of svg.querySelectorAll(`[data-n="${node}"][data-k="${kind}"]`)) element.classList.add("from");
    if (kind !== "v") continue;
    for (const element of svg.querySelectorAll(`.edge[data-n="${node}"]`)) element.classList.add("from");
  }
}

function forth() {
  if (walk.waiting) {
    el("told").querySelector("form")?.requestSubmit();
    return;
  }
  if (walk.at < data.steps.length - 1) go(walk.at + 1);
  else {
    remember();
    const gradient = data.parameters.map((node) => gradients[node]);
    state.losses.push(values[data.root]);
    state.done += 1;
    descended(state.x, gradient, state.rate);
    changed();
    go(0);
  }
}

function stopWalk() {
  clearInterval(walk.timer);
  walk.timer = 0;
  setText(el("run"), "Run");
  el("run").setAttribute("aria-pressed", "false");
}

function runWalk() {
  if (walk.timer) return stopWalk();
  if (walk.at === data.steps.length - 1) go(0);
  walk.timer = setInterval(forth, Number(el("pace").value));
  setText(el("run"), "Pause");
  el("run").setAttribute("aria-pressed", "true");
}

function beginWalk() {
  el("place").max = data.steps.length - 1;
  el("to-play").addEventListener("click", () => setWalking(false));
  el("to-walk").addEventListener("click", () => setWalking(true));
  el("next").addEventListener("click", () => { stopWalk(); forth(); });
  el("previous").addEventListener("click", () => { stopWalk(); go(walk.at - 1); });
  el("run").addEventListener("click", runWalk);
  el("place").addEventListener("input", () => { stopWalk(); go(Number(el("place").value)); });
  el("pace").addEventListener("change", () => {
    if (!walk.timer) return;
    stopWalk();
    runWalk();
  });
  el("predict").addEventListener("change", () => {
    if (walk.waiting) go(walk.at);
  });
  document.addEventListener("keydown", (event) => {
    if (!walk.on || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [data-n]")) return;
    if (event.key === " " && event.target.closest("button, summary")) return;
    const moves = { ArrowRight: forth, ArrowLeft: () => go(walk.at - 1), Home: () => go(0), End: () => go(data.steps.length - 1),
      " ": runWalk };
    if (!(event.key in moves)) return;
    if (event.key !== " ") stopWalk();
    moves[event.key]();
    event.preventDefault();
  });
}
