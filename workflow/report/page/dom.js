// Elements with text, files to save, and names of files: what every view needs.
"use strict";

const $ = (name) => document.getElementById(name);

// Work that can wait until there is nothing else to do, but not for ever.
const whenIdle = (work) => (window.requestIdleCallback ? window.requestIdleCallback(work, { timeout: 3000 }) : setTimeout(work, 200));

// An element with text; text is only ever set as text.
function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function button(text, act, attributes = {}) {
  const element = make("button", text, { type: "button", ...attributes });
  element.addEventListener("click", act);
  return element;
}

function save(content, type, name) {
  const link = make("a", "", { download: name, href: content instanceof Blob ? URL.createObjectURL(content) : content });
  link.type = type;
  link.click();
  if (content instanceof Blob) setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const saveText = (text, type, name) => save(new Blob([text], { type }), type, name);

const fileName = (...parts) => parts.join("_").replace(/[^\w.-]+/g, "-").slice(0, 120);

// A line of a table as text: a tab or an end of line inside a value would shift its columns.
const tabbed = (cells) => cells.map((cell) => String(cell ?? "").replace(/[\t\r\n]+/g, " ")).join("\t");

// Put a text into the clipboard, and say so on the button that was asked; failed: what it says where that is forbidden.
async function copyText(text, asked, failed = "See the address bar") {
  const before = asked.textContent;
  try {
    await navigator.clipboard.writeText(text);
    asked.textContent = "Copied";
  } catch {
    asked.textContent = failed;
  }
  setTimeout(() => { asked.textContent = before; }, 2000);
}

// The words of an element, marked as well, so that a reader can take them where the clipboard is closed.
function copyWords(element, asked) {
  getSelection().selectAllChildren(element);
  const words = (part) => (part.matches("ol > li") ? `${[...part.parentElement.children].indexOf(part) + 1}. ${part.innerText}` : part.innerText);
  const parts = element.children.length ? [...element.querySelectorAll("p, li")].map(words) : [element.textContent];
  return copyText(parts.join("\n\n"), asked, "Marked: press Ctrl+C");
}

// What is wider or taller than its frame can be scrolled with the keyboard.
function letScrollByKeyboard() {
  for (const frame of document.querySelectorAll("main figure, main .scroll, pre")) {
    if (frame.scrollWidth > frame.clientWidth || frame.scrollHeight > frame.clientHeight + 1) frame.tabIndex = 0;
  }
}
