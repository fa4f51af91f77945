// Where samples lie among one another: what autocrine/page/sample_maps.py packed.
"use strict";

class Atlas {
  constructor(store, sheet, samples) {
    Object.assign(this, { store, sheet, count: samples.length });
  }

  // Names of maps and columns; numbers follow when they are looked at.
  async load() {
    const { maps, alike, measures, flags } = await this.store.get("maps");
    Object.assign(this, { maps, alike, flags });
    this.tipColumns = [...this.sheet.keys()].slice(0, 6);
    this.columns = new Map([...this.sheet, ...measures.map((column) => [column.name, column])]);
  }

  async unpack() {
    if (this.distances) return;
    const scores = await Promise.all(this.maps.map((_, i) => this.store.get(`s${i}`)));
    this.maps = this.maps.map((map, i) => ({ ...map, at: (row, component) => scores[i].at(row * map.explained.length + component) }));
    this.distances = await this.store.get("apart");
  }

  mapOf(name) {
    return this.maps.find((map) => map.name === name) ?? this.maps[0];
  }

  // "1,2" -> [0, 1]; the first two where the map has no such components.
  axesOf(map, text) {
    const asked = text.split(",").map((one) => Number(one) - 1);
    const fits = asked.length === 2 && asked.every((one) => Number.isInteger(one) && one >= 0 && one < map.explained.length);
    return fits ? asked : [0, Math.min(1, map.explained.length - 1)];
  }

  apart(one, other) {
    return one === other ? 0 : this.distances.at(apartAt(this.count, one, other));
  }
}

const sampleAt = (meta, name) => (name ? meta.samples.findIndex((sample) => sample.name === name) : -1);
