// A search box with suggestions that keyboard and screen reader can use.
"use strict";

// page: has the search and the genes; choose(place) is called with the gene that the reader takes.
function listenToSearch(box, page, choose) {
  const { genes } = page;
  const list = $(box.getAttribute("aria-controls"));
  let hits = [];
  let active = -1;
  const close = () => {
    list.hidden = true;
    active = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const take = (place) => {
    close();
    box.value = "";
    choose(place);
  };
  const mark = () => [...list.children].forEach((item, i) => {
    item.setAttribute("aria-selected", String(i === active));
    if (i === active) box.setAttribute("aria-activedescendant", item.id);
  });
  box.addEventListener("input", () => {
    hits = page.search.suggest(box.value);
    list.replaceChildren(...hits.map((hit, i) => {
      const item = make("li", genes.symbol(hit.place), { role: "option", id: `${list.id}-${i}` });
      const beside = hit.word === genes.symbol(hit.place).toUpperCase() ? genes.names.ids[hit.place] : hit.word;
      item.append(make("span", beside, { class: "quiet" }));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(hit.place); });
      return item;
    }));
    if (box.value.trim() && !hits.length) list.append(make("li", "no such gene in this cohort", { class: "quiet", role: "option", "aria-disabled": "true" }));
    list.hidden = !list.children.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    active = hits.length ? 0 : -1;
    mark();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && active >= 0) { event.preventDefault(); take(hits[active].place); }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!hits.length) return;
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length;
      mark();
    }
  });
  box.addEventListener("blur", close);
}
