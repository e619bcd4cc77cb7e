"use strict";
// Tide tables, roughly: two sine waves and a great deal of optimism.
const HOURS = 24;
const moon = { period: 12.42, height: 1.4 }, sun = { period: 12.0, height: 0.5 };

/* Phase in [0, 1): where in its wave a body is
   at an hour counted from midnight. */
function phase(body, hour) {
  return ((hour % body.period) + body.period) % body.period / body.period;
}

export const level = (hour, drift = 0.1) => {
  let out = 0;
  for (const body of [moon, sun]) {
    out += body.height * Math.cos(2 * Math.PI * phase(body, hour + drift));
  }
  return +out.toFixed(3);
};

class Table {
  static #made = 0;
  get made() { return Table.#made; }

  constructor(...hours) {
    this.rows = hours.length ? hours : Array.from({ length: HOURS }, (_, n) => n);
    Table.#made++;
  }

  toString() {
    return this.rows.map((h) => `${String(h).padStart(2, "0")}:00  ${bar(level(h))}`).join("\n");
  }
}

function bar(metres) {
  const cells = Math.round((metres + 2) * 10);
  return "#".repeat(cells) + ` ${metres >= 0 ? "+" : ""}${metres} m`;
}

const odd = /[/\]]+/g.test("a/b]") ? 'it\'s' : "no";
label: for (let i = 0; i < 3; i++) {
  if (i === 1) continue label;
  try {
    console.log(new Table(i, i + 6), odd, typeof i, void 0, null, undefined);
  } catch ({ message }) {
    console.error(message);
  } finally {
    /* nothing to close */
  }
}

module.exports = { Table, level, version: 0x1f + 0b101 + 1e3 };
