// The search box: a combobox whose list follows what is typed.

import { matches } from "./answers.js";
import { count, element } from "./elements.js";

const MOST = 30;

export function setUpSearch(data, input, list, { features, select, say }) {
  let found = [];
  let active = -1;

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function choose(token) {
    input.value = data.categories[token];
    close();
    select(token);
  }

  function highlight(place) {
    active = place;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === place)));
    input.setAttribute("aria-activedescendant", `match-${place}`);
    list.children[place].scrollIntoView({ block: "nearest" });
  }

  function look() {
    const several = features().length > 1;
    found = features().flatMap((feature) => matches(data, feature, input.value, MOST)).slice(0, MOST);
    if (!input.value.trim()) {
      close();
      return;
    }
    list.replaceChildren(...found.map((token, i) => element("li",
      { role: "option", id: `match-${i}`, "aria-selected": "false", onclick: () => choose(token) },
      element("bdi", {}, data.categories[token]),
      element("span", { class: "quiet" }, several ? ` ${data.features[data.featureOf[token]].name}` : ""))));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    input.removeAttribute("aria-activedescendant");
    active = -1;
    say(found.length ? `${count(found.length)} found` : "No category found");
  }

  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) look();
      if (!found.length || list.hidden) return;
      const step = event.key === "ArrowDown" ? 1 : -1;
      highlight((active + step + found.length) % found.length || 0);
    } else if (event.key === "Enter" && !list.hidden && found.length) choose(found[Math.max(active, 0)]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus
  input.addEventListener("blur", close);
}
