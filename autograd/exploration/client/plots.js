// ---------------------------------------------------------------- what stands below the picture

let plotsDue = false;

function drawPlots() {
  if (!plotsDue) return;
  plotsDue = false;
  drawLosses();
  const verdicts = judged().filter((verdict) => verdict !== null);
  const right = verdicts.filter(Boolean).length;
  setText(el("right"), verdicts.length ? `${right} of ${verdicts.length} right (${Math.round(100 * right / verdicts.length)} %)` : "");
  if (!data.mapped) return;
  scan();
  drawMaps();
  if (hasBoundary) drawPlane(document.querySelector("#boundary canvas"), WHOLE);
  if (hasBent) drawBent();
  if (!lens.hidden) drawLens();
}

// What a neuron says, larger, while the mouse rests on its map.
const lens = document.getElementById("lens");

let lensUnit = 0;

function drawLens() {
  drawPlane(lens.querySelector("canvas"), lensUnit);
  setText(lens.querySelector("p"), `what ${data.names[everyUnit[lensUnit]].v} says over ${data.inputs.map((node) => data.names[node].v).join(" and ")}`);
}

function beginPlots() {
  readPalette();
  readTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  if (!data.mapped) return;
  document.getElementById("boundary").hidden = !hasBoundary;
  document.getElementById("bent").hidden = !hasBent;
  findRange();
  for (const map of svg.querySelectorAll(".map")) {
    map.addEventListener("pointerenter", () => {
      const box = map.getBoundingClientRect();
      lensUnit = everyUnit.indexOf(Number(map.dataset.map));
      lens.hidden = !hasBoundary;
      const left = Math.min(box.right + 10, innerWidth - lens.offsetWidth - 10);
      Object.assign(lens.style, { left: `${left + scrollX}px`, top: `${Math.max(box.top - 40, 8) + scrollY}px` });
      drawLens();
    });
    map.addEventListener("pointerleave", () => { lens.hidden = true; });
  }
  document.querySelector("#boundary canvas").addEventListener("click", (event) => {
    if (state.samples.length < 2) return;
    const box = event.target.getBoundingClientRect();
    const [left, right, low, high] = range;
    const distance = ([x]) => ((x[0] - left) / (right - left) * box.width - (event.clientX - box.left)) ** 2
      + ((high - x[1]) / (high - low) * box.height - (event.clientY - box.top)) ** 2;
    const nearest = state.samples.map(distance).reduce((best, d, place, all) => (d < all[best] ? place : best), 0);
    remember();
    choose(nearest);
  });
}
