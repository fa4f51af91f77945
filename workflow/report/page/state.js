// The view as a link: which gene, which comparison.
"use strict";

// "#gene=ENSG…&contrast=model/contrast" -> { gene, contrast }, empty where not said; null for a link to a section.
function readLink(hash) {
  const text = hash.replace(/^#/, "");
  if (!text.includes("=")) return null;
  const said = new URLSearchParams(text);
  return { gene: said.get("gene") ?? "", contrast: said.get("contrast") ?? "" };
}

function writeLink(state) {
  const said = new URLSearchParams();
  if (state.gene) said.set("gene", state.gene);
  if (state.contrast) said.set("contrast", state.contrast);
  return `#${said.toString().replaceAll("%2F", "/").replaceAll("%3A", ":")}`;
}
