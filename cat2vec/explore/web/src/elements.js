// Elements made without markup: text of the table goes into textContent only.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key === "onclick") made.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== null).map(textOrElement));
  return made;
}

const textOrElement = (child) => (child instanceof Node ? child : String(child));

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
export const count = (value) => whole.format(value);
export const fixed = (value, digits = 3) =>
  value === null || !Number.isFinite(value) ? "-" : value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1");

// A category as a button with the text of any direction, "(empty)" where it has none.
export function categoryButton(text, onclick, title) {
  const shown = text.trim() ? text : text ? "(blank)" : "(empty)";
  return element("button", { type: "button", class: "plain", dir: "auto", title, onclick }, shown);
}

export function headRow(titles) {
  const cells = titles.map((title, i) => (title === "" ? element("td") : element("th",
    { scope: "col", class: i === 0 || title === "Feature" ? "name" : null }, title)));
  return element("thead", {}, element("tr", {}, ...cells));
}

export const wide = (table, label) =>
  element("div", { class: "wide", tabindex: 0, role: "region", "aria-label": label }, table);
