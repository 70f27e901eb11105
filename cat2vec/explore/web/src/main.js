// The page: one state, shown by the map, the details and the panels.

import { readAddress, writeAddress } from "./address.js";
import { readData } from "./data.js";
import { showDetails } from "./details.js";
import { count, element } from "./elements.js";
import { CategoryMap, N_COLOURS } from "./map.js";
import { showAssociations, showCategories, showQuality } from "./panels.js";
import { setUpSearch } from "./search.js";

const by = (id) => document.getElementById(id);
const data = readData();
const state = readAddress(data, location.hash);
const actions = { select, compare };
const tabs = ["map", "categories", "associations", "quality"];
const made = new Map(); // which panels show what already

const shown = () => (state.feature < 0 ? data.features : [data.features[state.feature]]);
const say = (text) => {
  by("said").textContent = text;
};

const map = new CategoryMap(by("canvas"), data, {
  onSelect: select,
  onMove() {
    state.view = map.transform.k === 1 && !map.transform.x && !map.transform.y ? null : map.view();
    clearTimeout(map.saving);
    map.saving = setTimeout(() => writeAddress(state), 250);
  },
  onHover(token, x, y) {
    const hover = by("hover");
    hover.hidden = token < 0;
    if (token < 0) return;
    hover.textContent = `${data.categories[token] || "(empty)"} \u00b7 ${count(data.rows[token])} rows`;
    const room = by("map").clientWidth;
    hover.style.left = `${Math.min(x + 12, Math.max(0, room - 200))}px`;
    hover.style.top = `${y + 12}px`;
  },
});

function select(token) {
  state.selected = token;
  if (state.compared === token) state.compared = -1;
  const feature = data.featureOf[token];
  if (state.feature >= 0 && state.feature !== feature) show(feature);
  openTab("map");
  update();
  map.reveal(token);
  by("selected").focus({ preventScroll: true });
}

function compare(token) {
  state.compared = token;
  update();
  by(token < 0 ? "selected" : "comparison")?.scrollIntoView({ block: "nearest" });
  say(token < 0 ? "Comparison ended" : `Compared with ${data.categories[token]}`);
}

function show(feature) {
  state.feature = feature;
  by("feature").value = String(feature);
  const one = data.features[feature];
  if (feature < 0) map.show(data.features, data.arrays.together, (token) => data.featureOf[token]);
  else map.show([one], data.arrays.inside, (token) => Math.max(0, data.clusters[token]));
  map.reset();
  by("map-about").textContent = feature < 0 ? aboutAll() : aboutFeature(one);
  by("legend").hidden = feature >= 0;
  by("canvas").setAttribute("aria-label", `Map of ${feature < 0 ? "all features" : one.name}`);
  if (state.tab === "categories") openTab("categories");
}

function aboutAll() {
  return `All ${count(data.n)} categories, coloured by feature${data.features.length > N_COLOURS ? `; after ${N_COLOURS} features colours repeat` : ""}. The two numbers of the map hold ` +
    `${percent(data.kept_together)} of their squared distances.`;
}

function aboutFeature(feature) {
  if (feature.silent) return `${feature.name} has no signal: its vectors are zero.`;
  const n = feature.n === feature.n_categories ? count(feature.n) : `${count(feature.n)} of ${count(feature.n_categories)}`;
  const several = data.clusters.slice(feature.start, feature.stop).some((cluster) => cluster > 0);
  const colours = several ? ", coloured by cluster" : "";
  return `${n} ${feature.n === 1 ? "category" : "categories"}${colours}. The two numbers of the map hold ` +
    `${percent(feature.kept)} of their squared distances; similarities go by all ${data.size}.`;
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;

function openTab(name) {
  state.tab = name;
  for (const tab of tabs) {
    const button = by(`tab-${tab}`);
    button.setAttribute("aria-selected", String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
    by(`panel-${tab}`).hidden = tab !== name;
  }
  if (name === "map") map.resized();
  const panel = by(`panel-${name}`);
  const mark = name === "categories" ? state.feature : 0;
  if (name === "categories" && made.get(name) !== mark) showCategories(panel, data, shown(), actions);
  if (name === "associations" && !made.has(name)) showAssociations(panel, data);
  if (name === "quality" && !made.has(name)) showQuality(panel, data);
  made.set(name, mark);
  writeAddress(state);
}

function update() {
  const near = showDetails(by("details"), data, state, actions);
  map.mark({ selected: state.selected, compared: state.compared, near });
  writeAddress(state);
}

function setUpTabs() {
  tabs.forEach((name, i) => {
    const button = by(`tab-${name}`);
    button.addEventListener("click", () => openTab(name));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(i + step + tabs.length) % tabs.length];
      openTab(next);
      by(`tab-${next}`).focus();
      event.preventDefault();
    });
  });
}

function restore() {
  const { view, tab, selected } = state;
  show(state.feature);
  openTab(tab);
  update();
  if (view) {
    state.view = view;
    map.setView(view);
  }
  if (!view && tab === "map" && map.holds(selected)) map.reveal(selected);
}

by("feature").append(
  ...(data.features.length > 1 ? [element("option", { value: -1 }, "All features")] : []),
  ...data.features.map(({ name, n }, i) => element("option", { value: i }, `${name} (${count(n)})`)));
by("legend").append(...data.features.map(({ name }, i) => {
  const item = element("li", {}, element("bdi", {}, name));
  item.style.setProperty("--colour", `var(--colour-${i % N_COLOURS})`);
  return item;
}));
by("feature").addEventListener("change", (event) => show(Number(event.target.value)));
by("about").textContent = data.about.map(([name, value]) => `${name}: ${value}`).join(" \u00b7 ");
by("note").textContent = data.note ?? "";
by("note").hidden = !data.note;
by("zoom-in").addEventListener("click", () => map.zoomBy(1.5));
by("zoom-out").addEventListener("click", () => map.zoomBy(1 / 1.5));
by("zoom-all").addEventListener("click", () => map.all());
setUpTabs();
setUpSearch(data, by("search"), by("matches"), { features: shown, select, say });
addEventListener("hashchange", () => {
  Object.assign(state, readAddress(data, location.hash));
  restore();
});
map.resized();
restore();
