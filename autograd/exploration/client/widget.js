// The page in a notebook: the numbers in its frames and those of the Python objects follow one another.

// The leaves as Python knows them.
function known(model) {
  const { buffer, byteOffset, byteLength } = model.get("numbers");
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

function same(a, b) {
  return a.length === b.length && a.every((x, k) => Object.is(x, b[k]));
}

// Called once, whether the widget itself or only a frame of its name is shown, and however many there are.
function initialize({ model }) {
  const name = model.get("name");
  const frames = new Map(); // window of a frame: the leaves as they are in it; null until it has told them

  const begin = (frame) => {
    frames.set(frame, null);
    frame.postMessage({ chalkgrad: "watch" }, "*");
  };

  const put = () => {
    const numbers = known(model);
    for (const [frame, shown] of frames) {
      if (shown && !same(shown, numbers)) frame.postMessage({ chalkgrad: "set", state: { x: Array.from(numbers) } }, "*");
    }
  };

  const heard = ({ source, data }) => {
    if (data?.name !== name || !source) return;
    if (data.chalkgrad === "here") begin(source);
    if (data.chalkgrad !== "state") return;
    const first = !frames.get(source);
    const shown = Float64Array.from(data.state.x, Number);
    frames.set(source, shown);
    if (first) put();
    else if (!same(shown, known(model))) {
      model.set("numbers", new DataView(shown.slice().buffer));
      model.save_changes();
    }
  };

  addEventListener("message", heard);
  model.on("change:numbers", put);
  for (const element of document.getElementsByName(name)) if (element.contentWindow) begin(element.contentWindow);
  return () => {
    removeEventListener("message", heard);
    model.off("change:numbers", put);
  };
}

function render({ model, el }) {
  el.innerHTML = model.get("frame");
}

export default { initialize, render };
