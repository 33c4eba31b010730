// ---------------------------------------------------------------- numbers as they are written and read

const RAISED = { "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "-": "⁻" };

// x with so many significant digits, without zeros at the end: −4.3777×10⁻⁸, as a derivation writes it.
function figure(x, digits = 5) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "∞" : "−∞";
  const [mantissa, exponent] = Math.abs(x).toExponential(digits - 1).split("e");
  const power = Number(exponent);
  const sign = x < 0 ? "−" : "";
  if (power < -4 || power > 5) return sign + trimmed(mantissa) + raisedTen(exponent);
  return sign + trimmed(Math.abs(x).toFixed(Math.min(Math.max(digits - 1 - power, 0), 100)));
}

// x with four decimals, as a column of numbers has it; in powers of ten where that would say nothing.
function decimals(x) {
  if (x === 0) return "0.0000";
  if (!Number.isFinite(x)) return figure(x);
  const size = Math.abs(x);
  const sign = x < 0 ? "−" : "";
  if (size >= 0.00095 && size < 99999.5) return sign + size.toFixed(4);
  const [mantissa, exponent] = size.toExponential(3).split("e");
  return sign + mantissa + raisedTen(exponent);
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function raisedTen(exponent) {
  return "×10" + [...String(Number(exponent))].map((sign) => RAISED[sign]).join("");
}

// The number that figure(x, digits) shows.
function rounded(x, digits) {
  return Number.isFinite(x) ? Number(x.toPrecision(digits)) : x;
}

// What somebody typed as a number; null where it is none.
function parsed(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/,/g, ".").replace(/\s*[×x*]\s*10\^?/, "e")
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/g, (sign) => Object.keys(RAISED).find((key) => RAISED[key] === sign));
  const parts = plain.split("/");
  if (parts.length > 2 || parts.some((part) => part.trim() === "")) return null;
  const found = parts.length === 2 ? Number(parts[0]) / Number(parts[1]) : Number(plain);
  return Number.isFinite(found) ? found : null;
}

// A number as Python reads it back to the last bit.
function python(x) {
  if (Number.isFinite(x)) return Object.is(x, -0) ? "-0.0" : Number.isInteger(x) && Math.abs(x) < 1e16 ? `${x}.0` : String(x);
  return `float("${Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf"}")`;
}
