// ---------------------------------------------------------------- the curve of losses

function drawLosses() {
  const { pen, width, height } = surface(document.querySelector("#losses canvas"));
  const now = currentLoss();
  const all = [...state.losses, now].filter((x) => x > 0 && Number.isFinite(x));
  const [left, right, top, bottom] = [50, width - 14, 10, height - 26];
  pen.fillStyle = palette.quiet;
  pen.textAlign = "center";
  const count = state.losses.length;
  const done = `${state.done.toLocaleString("en")} ${data.history ? "epochs" : state.done === 1 ? "update" : "updates"}`;
  if (!count) return pen.fillText("step or train, and the loss is drawn here", width / 2, height / 2);
  pen.fillText(done, (left + right) / 2, height - 7);
  if (!all.length) return;
  let low = Math.log10(Math.min(...thinned(all)));
  let high = Math.log10(Math.max(...thinned(all)));
  const room = Math.max(0.05, (high - low) * 0.08);
  [low, high] = [low - room, high + room];
  const y = (loss) => bottom - (Math.log10(loss) - low) / (high - low) * (bottom - top);
  const x = (k) => left + (count ? k / count : 1) * (right - left);
  pen.strokeStyle = palette.line;
  pen.lineWidth = 1;
  pen.textAlign = "right";
  for (const mark of marks(low, high)) {
    pen.beginPath();
    pen.moveTo(left, y(mark));
    pen.lineTo(right, y(mark));
    pen.stroke();
    pen.fillText(figure(mark, 2), left - 7, y(mark) + 4);
  }
  pen.strokeStyle = palette.rose;
  pen.lineWidth = 2.2;
  pen.lineJoin = "round";
  pen.beginPath();
  const stride = Math.max(1, Math.floor(count / (2 * width)));
  for (let k = 0; k < count; k += stride) if (state.losses[k] > 0) pen.lineTo(x(k), y(state.losses[k]));
  if (now > 0) pen.lineTo(x(count), y(now));
  pen.stroke();
  if (!(now > 0)) return;
  pen.fillStyle = palette.rose;
  pen.beginPath();
  pen.arc(x(count), y(now), 4, 0, 7);
  pen.fill();
}

function thinned(numbers) {
  const stride = Math.ceil(numbers.length / 5000);
  return stride === 1 ? numbers : numbers.filter((_, place) => place % stride === 0).concat(numbers.at(-1));
}

// Round numbers between two powers of ten, about four of them.
function marks(low, high) {
  const found = [];
  const steps = high - low > 3 ? [1] : high - low > 0.8 ? [1, 2, 5] : null;
  if (steps) {
    for (let power = Math.floor(low); power <= high; power++) {
      for (const step of steps) {
        const at = Math.log10(step) + power;
        if (at >= low && at <= high) found.push(step * 10 ** power);
      }
    }
    const every = Math.ceil(found.length / 6);
    return found.filter((_, place) => place % every === 0);
  }
  for (let k = 0; k < 4; k++) found.push(rounded(10 ** (low + (high - low) * (k + 0.5) / 4), 3));
  return [...new Set(found)];
}

// The loss that training makes smaller, as it is now.
function currentLoss() {
  const samples = batch();
  return samples && state.batch === "all" ? meanLoss() : values[data.root];
}

let meanAt = { x: null, loss: 0 };

function meanLoss() {
  if (!meanAt.x || meanAt.x.some((x, place) => x !== state.x[place])) {
    const at = Float64Array.from(state.x);
    let loss = 0;
    for (const sample of state.samples) {
      put(at, sample);
      loss += programs.graphs[kindOf(sample)](at, other.values, other.gradients);
    }
    meanAt = { x: Float64Array.from(state.x), loss: loss / state.samples.length };
  }
  return meanAt.loss;
}
