// Numbers and names that are in the page, compressed: see workflow/scripts/autocrine/page/payload.py.
"use strict";

const MISSING = 0;
const INFINITE = 1;
const FIRST = 2;

// Bytes of a block's text: base64, then gzip.
async function inflate(text) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  // Of millions of letters a plain loop is many times as fast as Uint8Array.from.
  for (let place = 0; place < letters.length; place += 1) packed[place] = letters.charCodeAt(place);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const running = new Map();

// Run libraries that the page holds compressed, one after the other, as if it held them as they are: the page's policy
// names each by its hash, so that no other text would run. Each runs once, when something first needs it.
async function runLibraries(names) {
  for (const name of names) {
    if (!running.has(name)) running.set(name, runLibrary(document.querySelector(`script[data-library="${name}"]`)));
    await running.get(name);
  }
}

async function runLibrary(held) {
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await inflate(held.textContent));
  document.body.append(script);
  held.remove();
}

// Put the pictures that the page holds compressed into their places; until then their words are there.
function showPictures(images) {
  return Promise.all(
    [...images].map(async (image) => {
      const bytes = await inflate(image.dataset.packed);
      image.src = URL.createObjectURL(new Blob([bytes], { type: "image/svg+xml" }));
      delete image.dataset.packed;
    }),
  );
}

// The number at a place of the planes: null where there is none, Infinity where it has no end.
function numberAt(form, bytes, place) {
  let code = 0;
  for (let plane = form.planes - 1; plane >= 0; plane -= 1) {
    code = code * 256 + bytes[plane * form.length + place];
  }
  if (code === MISSING) return null;
  if (code === INFINITE) return Infinity;
  const steps = form.signed ? (code % 2 ? -(code - FIRST + 1) : code - FIRST) / 2 : code - FIRST;
  const value = steps / form.scale + form.offset;
  return form.logarithmic ? Math.exp(value) : value;
}

// A column of numbers. A few are read one by one, without decoding the others.
class Column {
  constructor(form, bytes) {
    this.form = form;
    this.bytes = bytes;
    this.length = form.length;
    this.decoded = null;
  }

  at(place) {
    return numberAt(this.form, this.bytes, place);
  }

  // All of them, decoded once; NaN where there is none.
  all() {
    if (this.decoded === null) {
      this.decoded = new Float64Array(this.length);
      for (let place = 0; place < this.length; place += 1) this.decoded[place] = this.at(place) ?? NaN;
    }
    return this.decoded;
  }
}

// All blocks of a page, each unpacked when it is first asked for.
class Store {
  // forms: name -> form; read: name -> text of the block.
  constructor(forms, read) {
    this.forms = forms;
    this.read = read;
    this.waiting = new Map();
  }

  has(name) {
    return Object.hasOwn(this.forms, name);
  }

  get(name) {
    if (!this.has(name)) return Promise.reject(new Error(`the page holds no "${name}"`));
    if (!this.waiting.has(name)) this.waiting.set(name, this.unpack(name));
    return this.waiting.get(name);
  }

  async unpack(name) {
    const bytes = await inflate(this.read(name));
    const form = this.forms[name];
    return form.kind === "json" ? JSON.parse(new TextDecoder().decode(bytes)) : new Column(form, bytes);
  }
}
