// A table that is sorted by a click on the head of a column, some rows on a page.

import { count, element, wide } from "./elements.js";

const PER_PAGE = 50;
const collator = new Intl.Collator("en", { numeric: true });

// columns: [{ title, key: row -> text or number, cell: row -> Node or text, name: bool }]
export function sortedTable(container, { label, columns, rows, by = 0, down = false }) {
  const state = { by, down, page: 0 };
  const keys = new Map();
  const caption = element("caption");
  const heads = columns.map((column, i) => {
    const button = element("button", { type: "button", onclick: () => sortBy(i) }, column.title);
    return element("th", { scope: "col", class: column.name ? "name" : null }, button);
  });
  const body = element("tbody");
  const table = element("table", {}, caption, element("thead", {}, element("tr", {}, ...heads)), body);
  const earlier = element("button", { type: "button", onclick: () => turn(-1) }, "Previous");
  const later = element("button", { type: "button", onclick: () => turn(1) }, "Next");
  const place = element("span", { role: "status" });
  let order = [];

  function sortBy(i) {
    state.down = state.by === i ? !state.down : typeof columns[i].key(rows[0] ?? 0) === "number";
    state.by = i;
    state.page = 0;
    sort();
    fill();
  }

  function sort() {
    const { key } = columns[state.by];
    if (!keys.has(state.by)) keys.set(state.by, rows.map(key));
    const found = keys.get(state.by);
    const compare = typeof found[0] === "number"
      ? (a, b) => (found[a] ?? -Infinity) - (found[b] ?? -Infinity)
      : (a, b) => collator.compare(found[a], found[b]);
    const sign = state.down ? -1 : 1;
    order = rows.map((_, i) => i).sort((a, b) => sign * compare(a, b) || a - b);
    heads.forEach((head, i) => {
      if (i === state.by) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  function turn(step) {
    state.page += step;
    fill();
  }

  function fill() {
    const first = state.page * PER_PAGE;
    const last = Math.min(first + PER_PAGE, rows.length);
    caption.textContent = `${label}, sorted by ${columns[state.by].title.toLowerCase()}`;
    body.replaceChildren(...order.slice(first, last).map((i) => element("tr", {},
      ...columns.map((column) => element(column.name ? "th" : "td",
        { class: column.name ? "name" : null, scope: column.name ? "row" : null },
        column.cell(rows[i]))))));
    place.textContent = rows.length ? `${count(first + 1)} to ${count(last)} of ${count(rows.length)}` : "None";
    earlier.disabled = first === 0;
    later.disabled = last >= rows.length;
  }

  sort();
  fill();
  container.append(wide(table, label), element("div", { class: "pages" }, earlier, later, place));
}
