// Blocks that Python packed are read back.
import assert from "node:assert/strict";
import test from "node:test";

import { get, packed, plain } from "./shared.mjs";

test("packed numbers come back within half a step", { skip: packed.length === 0 && "run by pytest" }, async () => {
  const Store = get("Store");
  const store = new Store(Object.fromEntries(packed.map((b, i) => [`b${i}`, b.form])), (name) => packed[Number(name.slice(1))].text);
  for (const [number, block] of packed.entries()) {
    const column = await store.get(`b${number}`);
    if (block.form.kind === "json") {
      assert.deepEqual(plain(column), block.values);
      continue;
    }
    assert.equal(column.length, block.values.length);
    block.values.forEach((value, place) => {
      const read = column.at(place);
      if (value === null) assert.equal(read, null);
      else if (value === "inf") assert.equal(read, Infinity);
      else {
        const off = block.form.logarithmic ? Math.abs(Math.log(read / Math.max(value, 1e-300))) : Math.abs(read - value);
        assert.ok(off <= 0.5 / block.form.scale + 1e-9, `${value} came back as ${read}`);
      }
    });
  }
  await assert.rejects(store.get("nothing"), /holds no "nothing"/);
});
