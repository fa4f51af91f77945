// Sections below the first screen: report.css lets browsers pass over them while the page is read, which otherwise would lay
// them out again and again as it grows. Afterwards each is laid out when there is nothing else to do, or at once when its
// place must be known.
"use strict";

const waitingSections = () => document.querySelectorAll("main > section:not(.laid, :first-child)");

function layOut() {
  for (const section of waitingSections()) section.classList.add("laid");
}

// One after the other, so that nobody waits for all of them; then what follows.
function layOutIdly(then) {
  const [section] = waitingSections();
  section?.classList.add("laid");
  whenIdle(section ? () => layOutIdly(then) : then);
}

// The section at the upper edge of the window, and where it begins in pixels from there.
function placeNow() {
  const above = [...document.querySelectorAll("main > section[id]")].map((section) => ({ id: section.id, top: section.getBoundingClientRect().top }));
  return above.findLast(({ top }) => top < window.innerHeight / 4) ?? null;
}

// Where a link of the page leads depends on the height of all that is above it, and so does the place that one left and
// comes back to, which browsers know in pixels of the whole page.
function listenToJumps() {
  document.addEventListener("click", (event) => event.target.closest("a[href^='#']") && layOut(), true);
  window.addEventListener("beforeprint", layOut);
  window.addEventListener("beforeunload", () => history.replaceState({ ...history.state, place: placeNow() }, ""));
  const place = history.state?.place;
  const section = $(place ? place.id : location.hash.slice(1));
  if (!section) return;
  layOut();
  if (place) window.scrollBy({ top: section.getBoundingClientRect().top - place.top, behavior: "instant" });
  else section.scrollIntoView();
}
