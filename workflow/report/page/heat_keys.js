// The keyboard in the heatmap of the panel: one stop for all its genes and cells, arrow keys from there, Enter opens a cell.
"use strict";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Where a step leads in rows of cells; it stays inside. Home and End go to the ends of the row.
function stepInRows(rows, [row, column], key) {
  if (key === "Home") return [row, 0];
  if (key === "End") return [row, rows[row].length - 1];
  if (!STEPS[key]) return null;
  const [down, right] = STEPS[key];
  const to = Math.max(0, Math.min(rows.length - 1, row + down));
  return [to, Math.max(0, Math.min(rows[to].length - 1, column + right))];
}

// A cell in words: gene, comparison, number, and its title, which a browser shows to a pointer only.
function describeCell(page, cell) {
  if (!cell.dataset.contrast) return cell.textContent;
  const contrast = page.contrasts[Number(cell.dataset.contrast)];
  const gene = cell.parentElement.querySelector("th").textContent;
  const outcome = { changed: ", changed", small: ", changed by little", same: ", equivalent" };
  const kind = Object.keys(outcome).find((name) => cell.classList.contains(name));
  return `${gene} in ${contrast.modelTitle}: ${contrast.title}: ${cell.textContent || "no estimate"}${outcome[kind] ?? ""}${cell.title ? `. ${cell.title}` : ""}`;
}

function listenToHeatmap(page) {
  const table = document.querySelector("#panel .heat");
  if (!table) return;
  // The name of a gene is first in its row and is a link where the matrix has the gene.
  const rows = [...table.querySelectorAll("tbody tr[data-gene]")].map((row) => [...row.cells].map((cell) => cell.querySelector("a") ?? cell));
  if (!rows.length) return;
  const places = new Map(rows.flatMap((cells, i) => cells.map((cell, j) => [cell, [i, j]])));
  for (const cell of places.keys()) cell.tabIndex = -1;
  let stop = rows[0][0];
  stop.tabIndex = 0;
  table.addEventListener("focusin", ({ target }) => {
    if (!places.has(target)) return;
    stop.tabIndex = -1;
    stop = target;
    stop.tabIndex = 0;
    $("panel-cell").textContent = describeCell(page, target);
  });
  table.addEventListener("keydown", (event) => {
    const from = places.get(event.target);
    if (!from) return;
    const to = stepInRows(rows, from, event.key);
    if (to) {
      event.preventDefault();
      rows[to[0]][to[1]].focus();
    } else if (event.key === "Enter" && event.target.dataset.contrast) event.target.click();
  });
}
