// ---------------------------------------------------------------- colours, and canvases to draw on

let palette = {};

// A colour of the page as it is now, in light or in dark.
function colour(look) {
  const probe = document.getElementById("say");
  probe.style.color = look;
  return getComputedStyle(probe).color;
}

const HUES = [160, 320, 60, 275, 100, 350, 240, 185]; // of classes; blue and orange mean sign

function readPalette() {
  for (const name of ["ink", "quiet", "line", "card", "plus", "minus", "rose", "page"]) palette[name] = colour(`var(--${name})`);
  palette.plusPale = colour("var(--plus-pale)");
  palette.minusPale = colour("var(--minus-pale)");
  palette.classes = HUES.map((hue) => colour(`light-dark(hsl(${hue} 70% 30%), hsl(${hue} 65% 72%))`));
  palette.classesPale = HUES.map((hue) => colour(`light-dark(hsl(${hue} 55% 80%), hsl(${hue} 35% 28%))`));
  shades = null;
}

function recolour() {
  readPalette();
  redraw();
}

// A notebook cannot be asked for its theme; the frame that the page stands in has another height in each.
const THEMES = { 861: "dark", 862: "light" };

function readTheme() {
  const theme = parent === window ? undefined : THEMES[innerHeight];
  if (document.documentElement.dataset.theme === theme) return;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  recolour();
}

// A canvas as large as it stands on the page, ready to be drawn on in pixels of the page.
function surface(canvas) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px Helvetica, Arial, sans-serif";
  return { pen, width, height };
}
