"use strict";
// The steps are computed beforehand; here they are only shown. All text goes in as text, never as HTML.
(() => {
  const steps = JSON.parse(document.getElementById("steps").textContent);
  const svg = document.querySelector("#picture svg");
  const graph = svg.querySelector("g.graph");
  const part = (id) => document.getElementById(`${graph.id}_${id}`);
  const at = (id) => document.getElementById(id);
  const make = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const PACE = 1600;
  const whole = svg.getAttribute("viewBox");
  let now = 0;
  let timer = 0;
  let beads = [];

  // ---------------------------------------------------------------- the picture

  // A card ends with the texts: data, its number, grad, its number. Behind the last lies the pill.
  const cards = new Map();
  for (const node of svg.querySelectorAll("g.node")) {
    const texts = [...node.querySelectorAll("text")];
    const id = node.id.slice(graph.id.length + 1);
    if (!id.startsWith("v") || texts.length < 4) continue;
    const pill = [...node.querySelectorAll("path")].pop();
    pill.classList.add("pill");
    const card = { node, pill, data: texts.at(-3), grad: texts.at(-1) };
    for (const text of [card.data, card.grad]) alignRight(text, pill);
    cards.set(id, card);
  }
  const edges = [...svg.querySelectorAll("g.edge")];
  for (const title of svg.querySelectorAll("title")) title.remove();  // names of DOT, no use as tooltips
  const layer = make("g");
  layer.setAttribute("class", "flow");
  graph.append(layer);

  // Numbers of other lengths are put in later. The size of the pill is exact at any zoom, that of a text is not.
  function alignRight(text, pill) {
    const box = pill.getBBox();
    if (!box.width) return;
    text.setAttribute("x", box.x + box.width - 3);
    text.setAttribute("text-anchor", "end");
  }

  function known(upTo) {
    const found = new Map();
    for (const step of steps.slice(0, upTo + 1)) {
      for (const [card, kind, shown, exact, complete] of step.sets) {
        found.set(`${card} ${kind}`, { shown, exact, complete });
      }
    }
    return found;
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;  // what stays is not laid out anew
  }

  function showCards(step, numbers) {
    for (const [id, card] of cards) {
      const grad = numbers.get(`${id} grad`);
      const data = numbers.get(`${id} data`);
      put(card.data, data ? data.shown : "–");
      put(card.grad, grad ? grad.shown : "–");
      card.pill.classList.toggle("unknown", !grad);
      card.pill.classList.toggle("partial", Boolean(grad && !grad.complete));
      card.node.classList.toggle("later", !data);
      card.node.classList.toggle("now", step.nodes.includes(id) && step.phase !== "given");
    }
    for (const row of document.querySelectorAll("tr[data-card]")) {
      row.classList.toggle("now", step.nodes.includes(row.dataset.card));
      for (const cell of row.querySelectorAll("td")) {
        const number = numbers.get(`${row.dataset.card} ${cell.dataset.of}`);
        put(cell, number ? number.shown : "–");
        cell.dataset.exact = number ? number.exact : "";
      }
    }
  }

  // Of a training run: weights and biases of the network, predictions on the map, the place on the curve.
  const fields = [...document.querySelectorAll("#map rect.field")];
  const shades = ["#cc6d0a", "#e6983f", "#f0bd86", "#f8e2cb", "#eeeeee", "#cfe3f2", "#8fc0e1", "#4e9dd1", "#1668a0"];

  function showEpoch(step) {
    for (const [id, attributes] of step.looks ?? []) {
      for (const shape of part(id).querySelectorAll("path, polygon")) {
        for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
      }
    }
    [...(step.levels ?? "")].forEach((level, place) => fields[place].setAttribute("fill", shades[level]));
    const dot = at("now");
    if (dot && step.curve) {
      dot.setAttribute("cx", step.curve[0]);
      dot.setAttribute("cy", step.curve[1]);
    }
  }

  function showEdges(step) {
    if (step.phase === "epoch") return showEpoch(step);
    layer.replaceChildren();
    beads = [];
    const passed = new Set(steps.slice(0, now + 1).filter((s) => s.phase === "backward").flatMap((s) => s.edges)
      .map(([edge]) => edge));
    const flows = new Map(step.edges.map(([edge, text, sign]) => [edge, [text, sign]]));
    for (const edge of edges) {
      const id = edge.id.slice(graph.id.length + 1);
      const flow = flows.get(id);
      const backward = step.phase === "backward";
      edge.classList.toggle("idle", !flow && !passed.has(id));
      edge.classList.toggle("now", Boolean(flow));
      edge.classList.toggle("plain", Boolean(flow) && (!backward || flow[1] === 0));
      edge.classList.toggle("plus", Boolean(flow) && backward && flow[1] > 0);
      edge.classList.toggle("minus", Boolean(flow) && backward && flow[1] < 0);
      if (flow) showFlow(edge.querySelector("path"), flow[0], backward);
    }
    if (!calm.matches && beads.length) requestAnimationFrame(move);
  }

  function showFlow(path, text, backward) {
    const length = path.getTotalLength();
    const middle = path.getPointAtLength(length * 0.5);
    const label = make("text");
    label.textContent = text;
    label.setAttribute("x", middle.x);
    label.setAttribute("y", middle.y + 4);
    const plate = make("rect");
    const width = 6.4 * text.length + 10;
    for (const [name, value] of Object.entries({ x: middle.x - width / 2, y: middle.y - 9, width, height: 18, rx: 6 })) {
      plate.setAttribute(name, value);
    }
    const bead = make("circle");
    bead.setAttribute("class", "bead");
    bead.setAttribute("r", 4);
    layer.append(bead, plate, label);
    beads.push({ bead, path, length, backward, begin: performance.now() });
  }

  function move(time) {
    let moving = false;
    for (const { bead, path, length, backward, begin } of beads) {
      const share = Math.min(Math.max((time - begin) / 900, 0), 1);
      const point = path.getPointAtLength(length * (backward ? 1 - share : share));
      bead.setAttribute("cx", point.x);
      bead.setAttribute("cy", point.y);
      if (share < 1) moving = true;
      else bead.remove();
    }
    if (moving) requestAnimationFrame(move);
  }

  // A picture too large for the page is shown part by part, around what is lit.
  function aim(step) {
    const [, , width, height] = whole.split(" ").map(Number);
    const frame = at("picture").getBoundingClientRect();
    const room = Math.min(innerHeight * 0.6, 640);
    if (Math.min(frame.width / (width * 1.33), room / (height * 1.33)) > 0.45 
      || ["given", "epoch"].includes(step.phase)) {
      svg.classList.remove("camera");
      svg.setAttribute("viewBox", whole);
      return;
    }
    svg.classList.add("camera");
    const shift = graph.transform.baseVal.consolidate().matrix;
    const boxes = step.nodes.map((id) => cards.get(id).node.getBBox());
    const left = Math.min(...boxes.map((b) => b.x));
    const right = Math.max(...boxes.map((b) => b.x + b.width));
    const top = Math.min(...boxes.map((b) => b.y));
    const bottom = Math.max(...boxes.map((b) => b.y + b.height));
    const wide = Math.max(right - left + 80, frame.width / 1.33);
    const high = Math.max(bottom - top + 80, room / 1.33);
    svg.setAttribute("viewBox",
      `${(left + right - wide) / 2 + shift.e} ${(top + bottom - high) / 2 + shift.f} ${wide} ${high}`);
  }

  // ---------------------------------------------------------------- going through the steps

  function go(step) {
    now = Math.min(Math.max(step, 0), steps.length - 1);
    const it = steps[now];
    showCards(it, known(now));
    showEdges(it);
    aim(it);
    at("where").textContent = `${it.phase} · step ${now} of ${steps.length - 1}`;
    at("say").textContent = it.say;
    at("title").textContent = it.title;
    at("lines").replaceChildren(...it.lines.map((line) => {
      const p = document.createElement("p");
      p.textContent = line;
      return p;
    }));
    const slider = at("slider");
    slider.value = now;
    slider.setAttribute("aria-valuetext", `${now} of ${steps.length - 1}, ${it.phase}: ${it.title}`);
    at("first").disabled = at("previous").disabled = now === 0;
    at("last").disabled = at("next").disabled = now === steps.length - 1;
    if (now === steps.length - 1) stop();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    at("play").textContent = "play";
    at("play").setAttribute("aria-pressed", "false");
  }

  function play() {
    if (timer) return stop();
    if (now === steps.length - 1) go(0);
    timer = setInterval(() => go(now + 1), PACE);
    at("play").textContent = "pause";
    at("play").setAttribute("aria-pressed", "true");
  }

  const by = (step) => () => {
    stop();
    go(step());
  };
  const moves = {
    Home: by(() => 0),
    End: by(() => steps.length - 1),
    ArrowRight: by(() => now + 1),
    ArrowLeft: by(() => now - 1),
  };
  at("first").addEventListener("click", moves.Home);
  at("previous").addEventListener("click", moves.ArrowLeft);
  at("next").addEventListener("click", moves.ArrowRight);
  at("last").addEventListener("click", moves.End);
  at("play").addEventListener("click", play);
  at("slider").addEventListener("input", (event) => by(() => Number(event.target.value))());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    const onControl = event.target.matches("button, summary");
    if (event.key === " " && !onControl) play();
    else if (event.key in moves) moves[event.key]();
    else return;
    event.preventDefault();
  });
  addEventListener("resize", () => aim(steps[now]));

  let before = 0;
  addEventListener("beforeprint", () => {
    before = now;
    go(steps.length - 1);
    layer.replaceChildren();
    svg.setAttribute("viewBox", whole);
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  addEventListener("afterprint", () => go(before));

  document.body.classList.toggle("run", steps[0].phase === "epoch");
  at("slider").max = steps.length - 1;
  go(0);
})();
