// Numbers and names that stand in the page, compressed: see workflow/scripts/autocrine/payload.py.
"use strict";

const MISSING = 0;
const INFINITE = 1;
const FIRST = 2;

// Bytes of a block's text: base64, then gzip.
async function inflate(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Put the pictures that stand in the page compressed into their places; until then their words stand there.
function showPictures(images) {
  return Promise.all(
    [...images].map(async (image) => {
      const bytes = await inflate(image.dataset.packed);
      image.src = URL.createObjectURL(new Blob([bytes], { type: "image/svg+xml" }));
      delete image.dataset.packed;
    }),
  );
}

// The number that stands at a place of the planes: null where there is none, Infinity where it has no end.
function numberAt(form, bytes, place) {
  let code = 0;
  for (let plane = form.planes - 1; plane >= 0; plane -= 1) {
    code = code * 256 + bytes[plane * form.length + place];
  }
  if (code === MISSING) return null;
  if (code === INFINITE) return Infinity;
  const value = (code - FIRST) / form.scale + form.offset;
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
