// ---------------------------------------------------------------- formulas: a form, and what stands in its places

const DIGITS = 5; // significant digits of a result; operands get as many more as it takes for it to follow

// The number that a reference is to.
function numberOf(reference) {
  if (reference[0] === "v") return shownValue(reference[1]);
  if (reference[0] === "g") return gradients[reference[1]];
  if (reference[0] === "c") return reference[3];
  const [, , , form, parts] = reference;
  return forms[form][1](parts.map(numberOf));
}

// Whether a reference is to a node of the graph.
function isNode(reference) {
  return reference[0] === "v" || reference[0] === "g";
}

function shownValue(node) {
  return values[node];
}

// How many digits the numbers of a line need for its result to follow from them.
function settled(compute, numbers, result) {
  if (!compute || !Number.isFinite(result)) return DIGITS;
  const wanted = figure(result);
  for (let digits = DIGITS; digits <= 12; digits++) {
    if (figure(compute(numbers.map((x) => rounded(x, digits)))) === wanted) return digits;
  }
  return DIGITS;
}

// Whether the formula holds where the numbers are now: what was tidied for a kink may not on its other side.
function holds(compute, numbers, result) {
  if (!compute) return true;
  const found = compute(numbers);
  return found === result || Math.abs(found - result) <= 1e-7 * Math.abs(result) || !Number.isFinite(result)
    || figure(found) === figure(result);
}

function mathElement(inner) {
  const box = document.createElement("div");
  box.innerHTML = `<math displaystyle="true">${inner}</math>`; // written by the engine, which escapes names
  return box.firstChild;
}

// A line of a derivation: left = formula = numbers = value. `refresh` puts in the numbers as they are.
class Line {
  constructor(left, line, result) {
    this.result = result;
    this.element = document.createElement("div");
    this.element.className = "line";
    this.left = part("left", mathElement(left));
    this.value = part("value", document.createElement("span"));
    this.element.append(this.left);
    this.places = [];
    if (!line) {
      this.element.append(this.value);
      return;
    }
    const [form, references] = line;
    const [mathml, compute] = forms[form];
    this.compute = compute;
    this.references = references;
    this.formula = part("formula", ...this.filled(mathml, true));
    this.element.append(this.formula);
    this.single = references.length === 0 || /^<mrow data-p=0 data-b=0><\/mrow>$/.test(mathml);
    if (!this.single) {
      this.numbers = part("numbers", ...this.filled(mathml, false));
      this.element.append(this.numbers);
    }
    if (references.length) this.element.append(this.value);
    this.kink = part("kink", "beyond a kink, where another formula holds than at the start");
    this.kink.hidden = true;
    this.element.append(this.kink);
  }

  // The form with names in its places, or with numbers.
  filled(mathml, named) {
    const element = mathElement(mathml);
    for (const place of element.querySelectorAll("[data-p]")) {
      const reference = this.references[Number(place.dataset.p)];
      const brackets = Number(place.dataset.b);
      place.classList.add("place");
      if (isNode(reference)) Object.assign(place.dataset, { n: reference[1], k: reference[0] });
      if (named) {
        const name = !isNode(reference) ? reference[2] : data.names[reference[1]][`${reference[0]}m`];
        place.innerHTML = brackets === 2 && name.includes("<mfrac>") ? `<mo>(</mo>${name}<mo>)</mo>` : name;
      } else {
        const number = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mn");
        place.replaceChildren(number);
        this.places.push({ number, brackets, index: Number(place.dataset.p) });
      }
    }
    return pieces(element);
  }

  refresh() {
    const result = this.result();
    setText(this.value.lastChild, figure(result));
    if (!this.references) return;
    const numbers = this.references.map(numberOf);
    const valid = holds(this.compute, numbers, result);
    this.formula.hidden = !valid;
    this.kink.hidden = valid;
    if (!this.numbers) return;
    this.numbers.hidden = !valid;
    const digits = settled(this.compute, numbers, result);
    for (const { number, brackets, index } of this.places) {
      const text = figure(numbers[index], digits);
      const bracketed = brackets && (text.startsWith("−") || (brackets === 2 && text.includes("×")));
      setText(number, bracketed ? `(${text})` : text);
    }
  }
}

// A long sum, or product, as one formula for each term, so that it can go on in the next line.
function pieces(element) {
  const row = element.firstElementChild;
  if (element.children.length !== 1 || row.localName !== "mrow" || row.children.length < 7) return [element];
  const signs = [...row.children].filter((child) => child.localName === "mo").map((child) => child.textContent);
  const breaks = signs.some((sign) => "+−".includes(sign)) ? "+−" : "·";
  const found = [mathElement("")];
  for (const child of [...row.children]) {
    const begins = child.localName === "mo" && breaks.includes(child.textContent) && found.at(-1).children.length;
    if (begins) found.push(mathElement(""));
    if (begins) child.setAttribute("form", "infix");
    found.at(-1).append(child);
  }
  return found;
}

function part(look, ...content) {
  const element = document.createElement("span");
  element.className = look;
  if (SIDES.has(look)) element.append(part("equals", "="));
  element.append(...content);
  return element;
}

const SIDES = new Set(["formula", "numbers", "value"]); // of an equation

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
