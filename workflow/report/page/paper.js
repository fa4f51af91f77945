// What printing needs beside print.css: folded parts opened, and long tables in two halves side by side. Columns of CSS would
// leave the second half without its heading.
"use strict";

// The row with which the second half begins: the heading of a group where there are some.
function halfOf(rows) {
  const groups = rows.filter((row) => row.classList.contains("group"));
  const starts = (groups.length > 1 ? groups : rows).map((row) => rows.indexOf(row)).filter((at) => at > 0);
  return starts.reduce((best, at) => (Math.abs(at - rows.length / 2) < Math.abs(best - rows.length / 2) ? at : best), starts[0] ?? 0);
}

// Put the second half of a table into one of its own beside it; what is returned puts it back.
function halve(table) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const at = halfOf(rows);
  if (!at) return () => {};
  const moved = rows.slice(at).map((row) => [row, row.parentElement]);
  const second = table.cloneNode(false);
  const body = make("tbody");
  body.append(...moved.map(([row]) => row));
  second.append(table.tHead.cloneNode(true), body);
  table.after(second);
  return () => {
    for (const [row, from] of moved) from.append(row);
    second.remove();
  };
}

function listenToPrinting() {
  let undo = [];
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details[data-print]").forEach((part) => { part.open = true; });
    // Charts have the width of a sheet, which is known only when it is too late to draw them.
    document.documentElement.classList.add("on-paper");
    if (!undo.length) undo = [...document.querySelectorAll(".two > table")].map(halve);
  });
  window.addEventListener("afterprint", () => {
    undo.forEach((back) => back());
    undo = [];
    document.documentElement.classList.remove("on-paper");
  });
}
