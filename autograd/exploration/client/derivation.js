// ---------------------------------------------------------------- the derivation of the chosen number, beside the picture

const selected = { node: data.root, kind: "v" };
let lines = [];
let rows = [];

function select(node, kind) {
  Object.assign(selected, { node, kind });
  lit(node, kind, "chosen");
  showDerivation();
  drawDerivation();
  announceSoon();
}

// The lines of the graph that the chosen sample has.
function linesNow() {
  return data.lines[kindOf(state.samples[state.sample])];
}

function valueLine(node) {
  return new Line(data.names[node].vm, linesNow().v[node], () => values[node]);
}

function gradientLine(node) {
  return new Line(data.names[node].gm, linesNow().g[node], () => gradients[node]);
}

// w ← w − η·∂L/∂w = numbers = value
function updateLine(node) {
  const { vm, gm } = data.names[node];
  const line = new Line(`<mrow>${vm}<mo>←</mo></mrow>`, null, () => values[node] - state.rate * gradients[node]);
  line.element.classList.add("update");
  line.value.before(part("formula", mathElement(`<mrow>${vm}<mo>−</mo><mi>η</mi><mo>·</mo>${gm}</mrow>`)));
  const numbers = part("numbers", document.createElement("span"));
  line.value.before(numbers);
  line.refresh = () => {
    const [w, g] = [values[node], gradients[node]];
    const change = Math.abs(state.rate * g);
    const digits = Math.min(Math.max(DIGITS, Math.ceil(Math.log10(Math.abs(w) / change)) + 3 || DIGITS), 17);
    const bracketed = (x, n) => (x < 0 ? `(${figure(x, n)})` : figure(x, n));
    setText(numbers.lastChild, `${figure(w, digits)} − ${figure(state.rate)}·${bracketed(g, DIGITS)}`);
    setText(line.value.lastChild, figure(line.result(), digits));
  };
  return line;
}

function showDerivation(what = selected.kind) {
  const { node } = selected;
  const told = document.getElementById("told");
  const name = data.names[node];
  const leaf = leafAt[node] >= 0;
  lines = [];
  const blocks = [];
  const head = document.createElement("h2");
  head.setAttribute("aria-label", what === "g" ? name.g : name.v);
  head.append(mathElement(what === "g" ? name.gm : name.vm));
  if (leaf && !walk.on) {
    if (what === "g") head.append(part("beside", mathElement(name.vm)));
    head.append(changeable(node));
  }
  blocks.push(head);
  const value = leaf ? null : [roleOf(node, "v"), valueLine(node)];
  const gradient = [roleOf(node, "g"), gradientLine(node)];
  const order = what === "v" && !leaf ? [value, gradient] : [gradient, value];
  if (what === "u") order.unshift(["the update, a step down the slope", updateLine(node)]);
  else if (isParameter.has(node)) order.push([state.samples.length > 1 ? "an update by this sample alone" : "an update", updateLine(node)]);
  for (const entry of order.filter(Boolean)) {
    const [title, line] = entry;
    const block = document.createElement("section");
    block.className = blocks.length === 1 ? "block" : "block quiet";
    const heading = document.createElement("h3");
    heading.textContent = title;
    block.append(heading, line.element);
    if (line === gradient[1] && linesNow().notes[node]) {
      const note = document.createElement("p");
      note.className = "note";
      note.textContent = linesNow().notes[node];
      block.append(note);
    }
    lines.push(line);
    blocks.push(block);
  }
  told.replaceChildren(...blocks);
  showUnit();
}

function roleOf(node, kind) {
  const name = data.names[node];
  if (kind === "v") return `how ${name.v} is computed`;
  return name.g.startsWith("δ") ? `${name.g}, the slope of ${data.names[data.root].v} in ${name.v}` : "by the chain rule";
}

// The number of a leaf as a field of its own, that is changed as those of the picture are.
function changeable(node) {
  const field = document.createElement("span");
  field.className = "field leaf";
  Object.assign(field.dataset, { n: node, k: "v" });
  for (const [name, text] of Object.entries({ role: "spinbutton", tabindex: "0", "aria-label": data.names[node].v })) {
    field.setAttribute(name, text);
  }
  lines.push({ refresh: () => {
    setText(field, figure(values[node], 8));
    field.setAttribute("aria-valuenow", values[node]);
    field.setAttribute("aria-valuetext", figure(values[node]));
  } });
  return field;
}

// The neuron that the chosen number belongs to, as a list: of a network of many there are no cards.
function showUnit() {
  const place = document.getElementById("of-unit");
  const unit = data.view === "network" ? data.units.find(({ h, nodes }) => h === selected.node || nodes.includes(selected.node)) : null;
  rows = [];
  if (!unit) {
    place.replaceChildren();
    return;
  }
  const heading = document.createElement("h3");
  heading.textContent = `all numbers of ${data.names[unit.h].v}`;
  const table = document.createElement("table");
  for (const node of unit.nodes) {
    const row = table.insertRow();
    row.className = node === selected.node ? "now" : "";
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = data.names[node].v;
    row.append(name);
    for (const kind of ["v", "g"]) {
      const cell = row.insertCell();
      const field = document.createElement("span");
      const changes = kind === "v" && leafAt[node] >= 0;
      field.className = changes ? "number leaf" : "number";
      Object.assign(field.dataset, { n: node, k: kind });
      field.tabIndex = 0;
      field.setAttribute("role", changes ? "spinbutton" : "button");
      if (changes) field.setAttribute("aria-label", data.names[node].v);
      cell.append(field);
      rows.push({ field, node, kind, changes });
    }
  }
  place.replaceChildren(heading, table);
}

let shownKind = 0;

function drawDerivation() {
  const kind = kindOf(state.samples[state.sample]);
  if (kind !== shownKind && !walk.on) {
    shownKind = kind;
    showDerivation();
  }
  for (const line of lines) line.refresh();
  for (const { field, node, kind, changes } of rows) {
    const x = kind === "v" ? values[node] : gradients[node];
    const shown = unknown(node, kind) ? "–" : decimals(x);
    setText(field, shown);
    if (changes) field.setAttribute("aria-valuenow", x);
    else field.setAttribute("aria-label", `${data.names[node][kind]} = ${shown}`);
  }
}

// ---------------------------------------------------------------- hovering, and what a screen reader is told

function beginDerivation() {
  const under = (event) => event.target.closest?.("[data-n], [data-unit]");
  const asked = (found) => [Number(found.dataset.n ?? found.dataset.unit), found.dataset.k ?? "v"];
  for (const place of [document.getElementById("scroll"), document.getElementById("derivation")]) {
    place.addEventListener("pointerover", (event) => {
      const found = under(event);
      if (found?.dataset.n && !drag) lit(...asked(found));
    });
    place.addEventListener("pointerout", (event) => {
      if (under(event) && !drag) lit(null);
    });
    place.addEventListener("click", (event) => {
      const found = under(event);
      if (!found || busy) return;
      select(...asked(found));
    });
  }
  svg.addEventListener("focusin", (event) => {
    const found = under(event);
    if (found?.dataset.n && !drag) select(...asked(found));
  });
}

let sayLater = 0;

function announce(text) {
  document.getElementById("say").textContent = text;
}

// What changes is told once it stays.
function announceSoon() {
  clearTimeout(sayLater);
  sayLater = setTimeout(() => {
    const { node, kind } = selected;
    const name = data.names[node][kind === "u" ? "v" : kind];
    const x = kind === "g" ? gradients[node] : values[node];
    announce(`${name} is ${figure(x)}; ${data.names[data.root].v} is ${figure(values[data.root])}`);
  }, 700);
}
