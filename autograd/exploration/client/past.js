// ---------------------------------------------------------------- a training that was

let replay = 0;
let atFrame = 0;

// The parameters as they were then; from there one can go on by hand.
function goToFrame(frame) {
  atFrame = frame;
  const { epochs, frames, losses, stride } = data.history;
  frames[frame].forEach((number, k) => { state.x[moved[k]] = number; });
  state.done = epochs[frame];
  state.losses = losses.slice(0, Math.ceil(epochs[frame] / stride)).map((loss) => loss ?? NaN);
  el("epoch").value = frame;
  el("epoch").setAttribute("aria-valuetext", `after ${epochs[frame]} epochs`);
  changed();
}

function rememberOnce() {
  if (lastMove.node === "epoch") return;
  remember();
  lastMove = { node: "epoch", time: 0 };
}

function stopReplay() {
  clearInterval(replay);
  replay = 0;
  el("replay").setAttribute("aria-pressed", "false");
  setText(el("replay"), "Replay");
}

function beginHistory() {
  const last = data.history.frames.length - 1;
  el("epoch").max = last;
  state.batch = data.history.one ? "one" : "all";
  el("epoch").addEventListener("input", () => {
    stopTraining();
    stopReplay();
    rememberOnce();
    goToFrame(Number(el("epoch").value));
  });
  el("replay").addEventListener("click", () => {
    if (replay) return stopReplay();
    stopTraining();
    rememberOnce();
    if (atFrame === last) goToFrame(0);
    setText(el("replay"), "Stop");
    el("replay").setAttribute("aria-pressed", "true");
    replay = setInterval(() => (atFrame < last ? goToFrame(atFrame + 1) : stopReplay()), Math.max(60, 4000 / last));
  });
  // The numbers are those of the model as it is now, after all of it.
  atFrame = last;
  el("epoch").value = last;
  el("epoch").setAttribute("aria-valuetext", `after ${data.history.epochs[last]} epochs`);
  state.done = data.history.epochs[last];
  state.losses = data.history.losses.map((loss) => loss ?? NaN);
}
