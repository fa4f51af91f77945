// Claims over the cohorts that are shown: how often each verdict, and which claims cohorts disagree about.
"use strict";

const SIGNS = { supported: "+", contradicted: "−", inconclusive: "?", not_testable: "·" };

function countVerdicts(verdicts) {
  const counts = Object.fromEntries(Object.keys(SIGNS).map((name) => [name, 0]));
  for (const verdict of verdicts) counts[verdict] += 1;
  return counts;
}

const disagree = (counts) => counts.supported > 0 && counts.contradicted > 0;

function drawClaims() {
  for (const section of document.querySelectorAll("section.claims")) {
    const only = section.querySelector("[data-disagree]")?.checked ?? false;
    const rows = [...section.querySelectorAll("tr[data-claim]")];
    for (const row of rows) {
      const counts = countVerdicts([...row.querySelectorAll("[data-verdict]:not([hidden])")].map((cell) => cell.dataset.verdict));
      for (const cell of row.querySelectorAll("[data-count]")) cell.textContent = `${counts[cell.dataset.count]} ${SIGNS[cell.dataset.count]}`;
      row.hidden = only && !disagree(counts);
    }
    const counter = section.querySelector("[data-left]");
    if (counter) counter.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims`;
  }
}

// The keyboard in a table of signs: one stop for all cells, arrow keys from there; a cell says what it is below the table.
function listenToClaims(cohorts) {
  for (const section of document.querySelectorAll("section.claims")) {
    section.querySelector("[data-disagree]")?.addEventListener("change", drawClaims);
    const table = section.querySelector(".matrix");
    if (!table) continue;
    const status = section.querySelector("[data-cell]");
    let stop = table.querySelector("[data-verdict]");
    stop.tabIndex = 0;
    const show = (cell) => {
      stop.tabIndex = -1;
      stop = cell;
      stop.tabIndex = 0;
      status.textContent = `${cell.parentElement.dataset.claim} in ${cohorts[Number(cell.dataset.cohort)].name}: ${cell.dataset.verdict.replaceAll("_", " ")}`;
    };
    table.addEventListener("focusin", ({ target }) => target.dataset.verdict && show(target));
    table.addEventListener("click", ({ target }) => target.dataset.verdict && target.focus());
    table.addEventListener("mousedown", ({ target }) => { if (target.dataset.verdict) target.tabIndex = -1; });
    table.addEventListener("keydown", (event) => {
      if (!event.target.dataset.verdict) return;
      const rows = [...table.querySelectorAll("tr[data-claim]:not([hidden])")].map((row) => [...row.querySelectorAll("[data-verdict]:not([hidden])")]);
      const row = rows.findIndex((cells) => cells.includes(event.target));
      const to = stepInRows(rows, [row, rows[row].indexOf(event.target)], event.key);
      if (!to) return;
      event.preventDefault();
      rows[to[0]][to[1]].tabIndex = -1;
      rows[to[0]][to[1]].focus();
    });
  }
}
