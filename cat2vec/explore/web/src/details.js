// The selected category, its neighbours, and its comparison with another one.

import { contributions, cosine, nearest } from "./answers.js";
import { categoryButton, count, element, fixed, headRow, wide } from "./elements.js";

const NEIGHBOURS = 10;
const THROUGH = 12;

export function showDetails(container, data, state, actions) {
  const { selected, compared } = state;
  if (selected < 0) {
    container.replaceChildren(
      element("p", { class: "quiet" }, "Select a category: search for it, or click a point."));
    return [];
  }
  const own = data.features[data.featureOf[selected]];
  const inside = nearest(data, selected, [own], NEIGHBOURS);
  const others = data.features.filter((feature) => feature !== own);
  const across = nearest(data, selected, others, NEIGHBOURS);
  container.replaceChildren(
    element("h2", { id: "selected", tabindex: -1 }, element("bdi", {}, data.categories[selected] || "(empty)")),
    element("p", {}, facts(data, selected)),
    compared >= 0 ? comparison(data, selected, compared, actions) : "",
    neighbours(data, `Nearest in ${own.name}`, "nearest-inside", inside, actions, false),
    others.length ? neighbours(data, "Nearest in other features", "nearest-across", across, actions, true) : "");
  return inside.map(({ token }) => token);
}

function facts(data, token) {
  const { relative_error: errors } = data.arrays;
  const error = errors ? `, of which the standard error is ${errorText(errors[token])}` : "";
  const rows = data.rows[token];
  return `${data.features[data.featureOf[token]].name}; ${count(rows)} ${rows === 1 ? "row" : "rows"}; ` +
    `length of the vector ${fixed(data.lengths[token])}${error}`;
}

const errorText = (share) => (share < 0 ? "more than all" : `${(100 * share).toFixed(0)} %`);

function neighbours(data, title, id, found, actions, withFeature) {
  if (!found.length) {
    return element("div", {}, element("h3", {}, title), element("p", { class: "quiet" }, "There is no other category."));
  }
  const { relative_error: errors } = data.arrays;
  const titles = ["Category", ...(withFeature ? ["Feature"] : []), "Similarity", "Rows",
    ...(errors ? ["Error"] : []), element("span", { class: "unseen" }, "Compare")];
  const rows = found.map(({ token, similarity }) => {
    const text = data.categories[token];
    return element("tr", { "data-token": token },
      element("th", { scope: "row", class: "name" }, categoryButton(text, () => actions.select(token))),
      withFeature ? element("td", { class: "name" }, data.features[data.featureOf[token]].name) : null,
      element("td", {}, fixed(similarity)),
      element("td", {}, count(data.rows[token])),
      errors ? element("td", {}, errorText(errors[token])) : null,
      element("td", {}, element("button", {
        type: "button", "aria-label": `Compare with ${text}`, onclick: () => actions.compare(token),
      }, "\u21c4")));
  });
  return element("div", {}, element("h3", { id }, title),
    wide(element("table", { "aria-labelledby": id }, headRow(titles), element("tbody", {}, ...rows)), title));
}

function comparison(data, a, b, actions) {
  const [first, second] = [a, b].map((token) => data.categories[token] || "(empty)");
  const whole = cosine(data, a, b);
  const title = element("h3", { id: "comparison" }, "Compared with ", element("bdi", {}, second),
    ` (${data.features[data.featureOf[b]].name})`);
  const close = element("button", { type: "button", onclick: () => actions.compare(-1) }, "End the comparison");
  const parts = [title, element("p", {}, `Similarity ${fixed(whole)}. `, close)];
  if (!(data.lengths[a] > 0 && data.lengths[b] > 0)) {
    parts.push(element("p", {}, "A vector is zero, so there is nothing to compare."));
  } else if (!data.heard) {
    parts.push(element("p", { class: "quiet" }, "This page has too many features to say what each contributes."));
  } else parts.push(...shares(data, a, b, whole, actions, first, second));
  return element("div", {}, ...parts);
}

function shares(data, a, b, whole, actions, first, second) {
  const found = contributions(data, a, b, THROUGH);
  const largest = Math.max(...found.features.map(({ contribution }) => Math.abs(contribution)), 1e-9);
  const rows = found.features.map(({ feature, contribution }) => {
    const bar = element("span", { class: contribution < 0 ? "share minus" : "share" });
    bar.style.width = `${(100 * Math.abs(contribution)) / largest}%`;
    return element("tr", { "data-contribution": contribution },
      element("th", { scope: "row", class: "name" }, data.features[feature].name),
      element("td", {}, fixed(contribution)), element("td", { "aria-hidden": "true" }, bar));
  });
  const sum = found.features.reduce((total, { contribution }) => total + contribution, 0);
  rows.push(element("tr", { class: "total" }, element("th", { scope: "row", class: "name" }, "Sum"),
    element("td", {}, fixed(sum)), element("td", { "aria-hidden": "true" })));
  const table = element("table", { class: "bars", id: "shares" },
    element("caption", {}, "What each feature contributes to the similarity; the parts add up to it."),
    element("thead", {}, element("tr", {}, element("th", { scope: "col", class: "name" }, "Feature"),
      element("th", { scope: "col" }, "Part"), element("td", { "aria-hidden": "true" }))),
    element("tbody", {}, ...rows));
  const rest = whole - sum;
  const note = Math.abs(rest) > 5e-4
    ? element("p", { class: "quiet" }, `${fixed(rest)} of the similarity belongs to no feature that was learned from.`)
    : null;
  const list = element("ul", {}, ...found.categories.map(({ token, contribution }) => element("li", {},
    `${data.features[data.featureOf[token]].name}: `,
    categoryButton(data.categories[token], () => actions.select(token)), ` ${fixed(contribution)}`)));
  return [table, note, element("details", {}, element("summary", {}, "By the categories that they go with"),
    element("p", { class: "quiet" }, "Above 0: both go with the category more often than by chance, or both less often. " +
      `Below 0: ${first} and ${second} differ in it.`), list)].filter(Boolean);
}
