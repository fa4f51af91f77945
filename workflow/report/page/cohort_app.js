// The page over cohorts: its choices, its address, and the parts that draw them.
"use strict";

class CohortPage {
  constructor(meta, store) {
    this.meta = meta;
    this.genes = new CohortGenes(meta, store);
    this.order = "table";
  }

  async start() {
    await this.genes.load();
    const { names } = this.genes;
    this.search = new Search(names);
    for (const box of document.querySelectorAll("[data-search]")) listenToSearch(box, this, (place) => this.go({ place }, true));
    this.forest = new CohortForest(this.genes);
    this.place = Math.max(0, names.ids.indexOf(this.meta.chosen));
    this.role = 0;
    $("role").addEventListener("change", () => this.go({ role: Number($("role").value) }));
    $("order").addEventListener("change", () => { this.order = $("order").value; this.draw(); });
    window.addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  // Take gene and comparison from the address, where these are some of this page.
  follow() {
    const said = new URLSearchParams(location.hash.slice(1));
    const place = this.search.place(said.get("gene") ?? "");
    const role = this.meta.roles.findIndex((one) => one.role === said.get("comparison"));
    if (place >= 0) this.place = place;
    if (role >= 0) this.role = role;
    this.draw();
    if (place < 0) return;
    layOut();
    $("gene").scrollIntoView();
  }

  go(change, scroll = false) {
    Object.assign(this, change);
    const said = new URLSearchParams({ gene: this.genes.names.ids[this.place], comparison: this.meta.roles[this.role].role });
    history.pushState(null, "", `#${said}`);
    this.draw();
    if (scroll) {
      layOut();
      $("gene").scrollIntoView();
      $("gene-name").focus({ preventScroll: true });
    }
  }

  draw() {
    $("role").value = String(this.role);
    this.forest.draw(this.place, this.role, this.order, this.filter);
    letScrollByKeyboard();
  }
}

async function beginCohorts() {
  listenToScheme($("scheme"));
  listenToJumps();
  showPictures(document.querySelectorAll("img[data-packed]"));
  const store = new Store(JSON.parse($("forms").textContent), (name) => $(`block-${name}`).textContent);
  const meta = await store.get("meta");
  const page = new CohortPage(meta, store);
  listenToClaims(meta.cohorts);
  const started = meta.roles.length > 0;
  page.filter = new CohortFilter(meta.cohorts, $("kinds"), () => { drawClaims(); if (started) page.draw(); });
  drawClaims();
  if (started) await page.start();
  document.addEventListener("toggle", letScrollByKeyboard, true);
  window.addEventListener("resize", letScrollByKeyboard);
  document.documentElement.dataset.ready = "yes";
  layOutIdly(letScrollByKeyboard);
}

if (typeof document !== "undefined" && $("kinds")) beginCohorts();
