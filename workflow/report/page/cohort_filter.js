// Which cohorts are shown: those of the kinds and species that are ticked.
"use strict";

class CohortFilter {
  constructor(cohorts, frame, changed) {
    this.cohorts = cohorts;
    this.boxes = [...frame.querySelectorAll("input")];
    this.changed = changed;
    for (const box of this.boxes) {
      const [name, value] = this.asked(box);
      box.parentElement.querySelector("[data-number]").textContent = `(${cohorts.filter((cohort) => cohort[name] === value).length})`;
      box.addEventListener("change", () => { this.apply(); changed(); });
    }
    this.apply();
  }

  asked(box) {
    return Object.entries(box.dataset)[0];
  }

  ticked(name) {
    return new Set(this.boxes.filter((box) => box.checked && this.asked(box)[0] === name).map((box) => this.asked(box)[1]));
  }

  apply() {
    [this.kinds, this.species] = [this.ticked("kind"), this.ticked("species")];
    this.shown = shownCohorts(this.cohorts, this.kinds, this.species);
    for (const part of document.querySelectorAll("[data-cohort]")) part.hidden = !this.shown.has(Number(part.dataset.cohort));
    $("kinds-said").textContent = `${this.shown.size} of ${this.cohorts.length} shown`;
  }
}

// Places of the cohorts of these kinds and species.
function shownCohorts(cohorts, kinds, species) {
  return new Set(cohorts.map((_, place) => place).filter((place) => kinds.has(cohorts[place].kind) && species.has(cohorts[place].species)));
}
