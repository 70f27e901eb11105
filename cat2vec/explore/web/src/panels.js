// The panels beside the map: the table of categories, associations, and quality.

import { categoryButton, count, element, fixed, headRow, wide } from "./elements.js";
import { sortedTable } from "./sorted_table.js";

const MOST_IN_MATRIX = 40;

export function showCategories(container, data, features, actions) {
  container.replaceChildren();
  const rows = features.flatMap(({ start, stop }) => Array.from({ length: stop - start }, (_, i) => start + i));
  const { relative_error: errors } = data.arrays;
  const several = features.length > 1;
  const featureName = (token) => data.features[data.featureOf[token]].name;
  const clustered = rows.some((token) => data.clusters[token] >= 0);
  const columns = [
    { title: "Category", name: true, key: (token) => data.categories[token],
      cell: (token) => categoryButton(data.categories[token], () => actions.select(token)) },
    several ? { title: "Feature", key: featureName, cell: featureName } : null,
    { title: "Rows", key: (token) => data.rows[token], cell: (token) => count(data.rows[token]) },
    { title: "Length", key: (token) => data.lengths[token], cell: (token) => fixed(data.lengths[token]) },
    errors ? { title: "Error", key: (token) => (errors[token] < 0 ? Infinity : errors[token]),
      cell: (token) => (errors[token] < 0 ? "-" : fixed(errors[token])) } : null,
    clustered ? { title: "Cluster", key: (token) => data.clusters[token],
      cell: (token) => (data.clusters[token] < 0 ? "-" : String(data.clusters[token])) } : null,
  ].filter(Boolean);
  container.append(element("p", { class: "quiet" }, "Length is the distance from the average category of the feature" +
    (errors ? "; error is the standard error as a share of the length." : ".")));
  const label = several ? "Categories of all features" : `Categories of ${features[0].name}`;
  sortedTable(container, { label, columns, rows, by: several ? 2 : 1, down: true });
}

export function showAssociations(container, data) {
  const { rows, why_not: whyNot } = data.associations;
  container.replaceChildren();
  if (whyNot) {
    container.append(element("p", {}, whyNot));
    return;
  }
  container.append(element("p", { class: "quiet" }, "How far one column tells the other, by the counts of pairs: the share is that " +
    "of the smaller entropy, corrected for chance; 0 is independence, 1 is one telling the other."));
  const names = [...new Set(rows.flatMap(([feature, other]) => [feature, other]))];
  if (names.length <= MOST_IN_MATRIX) container.append(matrix(rows, names));
  else container.append(element("p", { class: "quiet" }, `A matrix of ${count(names.length)} columns would not fit; the pairs follow.`));
  container.append(element("h2", {}, "Pairs"));
  const number = (title, place, digits) => ({
    title, key: (row) => row[place] ?? -Infinity, cell: (row) => fixed(row[place], digits),
  });
  sortedTable(container, { label: "Pairs of columns", rows, by: 2, down: true, columns: [
    { title: "Column", name: true, key: (row) => row[0], cell: (row) => row[0] },
    { title: "Other", key: (row) => row[1], cell: (row) => row[1] },
    number("Share", 2), number("Bits", 3), number("Cramer's V", 4), number("Chance bits", 5),
    { title: "Rows", key: (row) => row[6], cell: (row) => count(row[6]) },
  ] });
}

function matrix(rows, names) {
  const share = new Map(rows.map(([a, b, value]) => [JSON.stringify([a, b]), value]));
  const of = (a, b) => share.get(JSON.stringify([a, b])) ?? share.get(JSON.stringify([b, a])) ?? null;
  const cell = (a, b) => {
    if (a === b) return element("td", {}, "");
    const value = of(a, b);
    const made = element("td", {}, fixed(value, 2));
    const strength = Math.max(0, Math.min(1, value ?? 0));
    made.style.background = `rgb(var(--heat) / ${(0.45 * strength).toFixed(3)})`;
    return made;
  };
  const head = element("thead", {}, element("tr", {}, element("td"),
    ...names.map((name) => element("th", { scope: "col" }, name))));
  const body = names.map((a) => element("tr", {}, element("th", { scope: "row", class: "name" }, a),
    ...names.map((b) => cell(a, b))));
  return wide(element("table", { class: "matrix" }, element("caption", {}, "Shares of all pairs"), head,
    element("tbody", {}, ...body)), "Matrix of associations");
}

export function showQuality(container, data) {
  container.replaceChildren(element("h2", {}, "How good the vectors are"));
  const { report } = data;
  if (!report) {
    container.append(element("p", {}, "This page was made without a report, which says how good the vectors are on rows that were not trained on. " +
      "Pass one to explore, or write one by cat2vec report --json and give it to cat2vec explore --report."));
    return;
  }
  container.append(element("p", { class: "quiet" }, report.about),
    element("p", { class: "verdict" }, report.verdict));
  for (const { title, text, rows } of report.sections) {
    const [head, ...body] = rows;
    container.append(element("h3", {}, title), element("p", {}, text), wide(element("table", {},
      headRow(head), element("tbody", {}, ...body.map(([name, ...cells]) => element("tr", {},
        element("th", { scope: "row", class: "name" }, name), ...cells.map((text) => element("td", {}, text)))))), title));
  }
  if (report.notes.length) {
    container.append(element("ul", {}, ...report.notes.map((note) => element("li", {}, note))));
  }
}
