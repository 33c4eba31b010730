// ---------------------------------------------------------------- changing numbers: drag, wheel, keys, typing

const typed = document.getElementById("typed");
const PER_PIXEL = 0.01;
let drag = null;

function leafOf(target) {
  const group = target.closest?.("[data-n]");
  if (!group) return null;
  const node = Number(group.dataset.n);
  const kind = group.dataset.k ?? "v";
  return kind === "v" && leafAt[node] >= 0 && !unknown(node, "v") ? node : null;
}

// Steps grow with the number: what is 100 is not moved by hundredths.
function scale(x) {
  return Math.max(10 ** Math.floor(Math.log10(Math.max(Math.abs(x), 1e-300))), 1);
}

function tidy(x) {
  return Number(x.toPrecision(12));
}

function grabbed(event) {
  const node = leafOf(event.target);
  if (node === null || event.button > 0) return;
  drag = { node, x: event.clientX, from: values[node], moved: false, target: event.currentTarget, id: event.pointerId };
}

function dragged(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const way = event.clientX - drag.x;
  if (!drag.moved) {
    if (Math.abs(way) < 3) return;
    drag.moved = busy = true;
    drag.target.setPointerCapture(event.pointerId);
    document.body.classList.add("dragging");
    remember();
    select(drag.node, selected.node === drag.node ? selected.kind : "v");
  }
  const fine = event.shiftKey ? 0.1 : 1;
  setLeaf(drag.node, tidy(drag.from + way * PER_PIXEL * fine * scale(drag.from)));
}

function dropped(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const done = drag.moved;
  drag = null;
  if (!done) return;
  busy = false;
  document.body.classList.remove("dragging");
  changed();
}

// A run of keys or turns of the wheel on one number is taken back as one.
function moveBy(node, amount) {
  const now = performance.now();
  if (lastMove.node !== node || now - lastMove.time > 1200) remember();
  lastMove = { node, time: now };
  setLeaf(node, tidy(values[node] + amount));
}

function turned(event) {
  const node = leafOf(event.target);
  const focused = node !== null && document.activeElement?.dataset?.n === String(node);
  if (!focused || event.ctrlKey) return;
  event.preventDefault();
  moveBy(node, -Math.sign(event.deltaY || event.deltaX) * (event.shiftKey ? 0.01 : 0.1) * scale(values[node]));
}

const KEYS = { ArrowUp: 0.1, ArrowRight: 0.1, ArrowDown: -0.1, ArrowLeft: -0.1, PageUp: 1, PageDown: -1 };

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const group = event.target.closest?.("[data-n]");
  if (!group) return;
  const node = leafOf(event.target);
  if (node !== null && event.key in KEYS) {
    moveBy(node, KEYS[event.key] * (event.shiftKey ? 0.1 : 1) * scale(values[node]));
  } else if (node !== null && /^[-−0-9.,]$/.test(event.key)) {
    startTyping(group, event.key);
  } else if (node !== null && event.key === "Enter") {
    startTyping(group, String(values[node]));
  } else if (event.key === "Enter" || event.key === " ") {
    select(Number(group.dataset.n), group.dataset.k ?? "v");
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function startTyping(group, text) {
  const box = (group.querySelector("rect") ?? group).getBoundingClientRect();
  Object.assign(typed.style, {
    left: `${box.left + scrollX}px`, top: `${box.top + scrollY}px`,
    width: `${Math.max(box.width, 120)}px`, height: `${Math.max(box.height, 30)}px`,
  });
  typed.hidden = false;
  typed.value = text.replace("−", "-");
  typed.setAttribute("aria-label", `new number for ${data.names[Number(group.dataset.n)].v}`);
  typed.classList.remove("wrong");
  typed.dataset.n = group.dataset.n;
  typed.origin = group;
  typed.focus();
  if (text.length > 1) typed.select();
}

function endTyping(keep) {
  if (typed.hidden) return;
  const number = parsed(typed.value);
  if (keep && number === null) {
    typed.classList.add("wrong");
    announce(`${typed.value} is no number`);
    return;
  }
  typed.hidden = true;
  const node = Number(typed.dataset.n);
  if (keep && number !== values[node]) {
    remember();
    setLeaf(node, number);
  }
  typed.origin.focus({ preventScroll: true });
}

function beginEditing() {
  for (const place of [document.getElementById("scroll"), document.getElementById("derivation")]) {
    place.addEventListener("pointerdown", grabbed);
    place.addEventListener("pointermove", dragged);
    place.addEventListener("pointerup", dropped);
    place.addEventListener("pointercancel", dropped);
    place.addEventListener("wheel", turned, { passive: false });
    place.addEventListener("keydown", pressed);
    place.addEventListener("dblclick", (event) => {
      const node = leafOf(event.target);
      if (node !== null) startTyping(event.target.closest("[data-n]"), String(values[node]));
    });
  }
  typed.addEventListener("keydown", (event) => {
    if (event.key === "Enter") endTyping(true);
    else if (event.key === "Escape") endTyping(false);
    else return;
    event.preventDefault();
  });
  typed.addEventListener("blur", () => {
    if (parsed(typed.value) === null) typed.hidden = true;
    else endTyping(true);
  });
}
