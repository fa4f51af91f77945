// A session file: the view, lists included, to keep beside a report and to open in any copy of it.
"use strict";

function listenToSession(page) {
  const cohort = document.querySelector("h1").textContent.trim();
  $("session-save").addEventListener("click", () => {
    const said = sayView({ ...page.view, at: "lists" }, page.first, page, true);
    saveText(writeSession(cohort, said), "application/json", `${fileName("session", cohort)}.json`);
  });
  $("session-open").addEventListener("change", async () => {
    const [file] = $("session-open").files;
    if (!file) return;
    const read = readSession(await file.slice(0, LIMITS.link + 1).text());
    $("session-open").value = "";
    if (read.problem) { page.notice(read.problem); return; }
    const { view, messages } = viewOf({ ...read.said, whole: true }, page.view, page.first, page);
    if (read.cohort !== cohort) messages.unshift(`This session was saved in the report of “${read.cohort}”.`);
    page.go(view);
    page.notify(messages.join(" "));
    if (messages.length) $("lists").querySelector("h2").after($("message"));
    page.notice(`Session opened: ${view.lists.length} list${view.lists.length === 1 ? "" : "s"}.`);
  });
}
