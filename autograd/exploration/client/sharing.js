// ---------------------------------------------------------------- taking the numbers along

// The numbers as Python: {"w1": 0.5, ...}, to be given to model.load_named, and the sample.
function snippet() {
  const named = (nodes) => nodes.map((node) => `    ${JSON.stringify(data.labels[node] || data.names[node].v)}: ${python(values[node])},\n`).join("");
  const inputs = data.inputs.map((node) => python(values[node])).join(", ");
  const targets = data.targets.map((node) => python(values[node]));
  let text = `parameters = {\n${named(data.parameters)}}\n`;
  if (data.inputs.length) text += `x = [${inputs}]\n`;
  if (targets.length) text += `y = ${targets.length === 1 ? targets[0] : `[${targets.join(", ")}]`}\n`;
  return text + "# model.load_named(parameters) puts them into a model\n";
}

// All that the page can be put back to, small enough for a link.
function packed() {
  return { x: [...state.x].map((x) => (Number.isFinite(x) ? x : String(x))), rate: state.rate, sample: state.sample, batch: state.batch };
}

function unpack(given) {
  if (!Array.isArray(given?.x) || given.x.length !== state.x.length) return false;
  const numbers = given.x.map(Number);
  remember();
  state.x.set(numbers);
  if (typeof given.rate === "number" && given.rate > 0) state.rate = given.rate;
  if (given.batch === "all" || given.batch === "one") state.batch = given.batch;
  if (Number.isInteger(given.sample) && given.sample >= 0 && given.sample < state.samples.length) state.sample = given.sample;
  keepSample();
  changed();
  return true;
}

async function copied(text, what) {
  const box = document.getElementById("snippet");
  box.value = text;
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    box.focus();
    box.select();
    done = document.execCommand?.("copy") ?? false;
  }
  announce(done ? `${what} copied` : `${what} is selected: copy it with the keyboard`);
}

function readLink() {
  const hash = location.hash.slice(1);
  if (!hash) return;
  try {
    unpack(JSON.parse(decodeURIComponent(hash)));
  } catch {
    announce("the link holds no numbers of this page");
  }
}

// ---------------------------------------------------------------- the page and what it stands in

// Other scripts of the page, or the page around its frame, get and set its state by messages:
// {chalkgrad: "get"} is answered, {chalkgrad: "set", state} put in, {chalkgrad: "watch"} answered at every change.
// A frame that has a name says it, and when it is there.
const around = { watched: false };
globalThis.chalkgrad = {
  get: () => ({ ...packed(), values: [...values], gradients: [...gradients], labels: data.labels }),
  losses: () => [...state.losses],
  drawn: () => lastDraw,
  train: (count) => {
    remember();
    for (let k = 0; k < count; k++) update();
    changed();
  },
  set: unpack,
  watch: (listener) => listeners.push(listener),
};

function beginSharing() {
  document.getElementById("copy-python").addEventListener("click", () => copied(snippet(), "the Python"));
  const link = document.getElementById("copy-link");
  link.hidden = !/^(file|https?):$/.test(location.protocol);
  link.addEventListener("click", () => copied(`${location.href.split("#")[0]}#${encodeURIComponent(JSON.stringify(packed()))}`, "the link"));
  document.getElementById("sharing").addEventListener("toggle", () => { document.getElementById("snippet").value = snippet(); });
  addEventListener("message", (event) => {
    if (event.source !== parent || parent === window) return;
    const asked = event.data?.chalkgrad;
    const answer = () => parent.postMessage({ chalkgrad: "state", name: window.name, state: packed() }, "*");
    if (asked === "set") unpack(event.data.state);
    else if (asked === "get") answer();
    else if (asked === "watch" && !around.watched) {
      around.watched = true;
      listeners.push(answer);
      answer();
    }
  });
  if (parent !== window) parent.postMessage({ chalkgrad: "here", name: window.name }, "*");
}
