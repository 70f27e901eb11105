// The part of the address behind #: what is shown, so that a link restores it.

const NUMBERS = ["feature", "selected", "compared"];
const VIEWS = ["map", "categories", "associations", "quality"];

export function readAddress(data, hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { tab: "map", feature: 0, selected: -1, compared: -1, view: null };
  const limits = { feature: data.features.length, selected: data.n, compared: data.n };
  for (const name of NUMBERS) {
    const value = Number(given.get(name));
    const known = Number.isInteger(value) && value >= 0 && value < limits[name];
    if (given.has(name) && known) state[name] = value;
  }
  if (given.get("feature") === "all" && data.features.length > 1) state.feature = -1;
  if (VIEWS.includes(given.get("tab"))) state.tab = given.get("tab");
  const view = (given.get("view") ?? "").split(",").map(Number);
  if (view.length === 3 && view.every(Number.isFinite) && view[0] > 0) {
    state.view = { k: view[0], x: view[1], y: view[2] };
  }
  return state;
}

export function writeAddress(state) {
  const given = new URLSearchParams();
  given.set("feature", state.feature < 0 ? "all" : state.feature);
  if (state.selected >= 0) given.set("selected", state.selected);
  if (state.compared >= 0) given.set("compared", state.compared);
  if (state.tab !== "map") given.set("tab", state.tab);
  const { view } = state;
  if (view) given.set("view", [view.k, view.x, view.y].map((v) => Number(v.toPrecision(5))).join(","));
  try {
    history.replaceState(null, "", `#${given}`);
  } catch {
    // the frame of a notebook has no address of its own
  }
}
