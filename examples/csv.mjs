// Turns the objects that a map returned into a CSV file, one line for each:
//   trawl --map examples/titles.mjs --reduce examples/csv.mjs -f result -o titles.csv examples/urls.txt

// A spreadsheet would run a text that begins like this as a formula.
const cell = (value = '') =>
  `"${String(value)
    .replace(/^[=+\-@\t\r]/, "'$&")
    .replaceAll('"', '""')}"`;
const line = (values) => `${values.map(cell).join(',')}\n`;

export const initial = [];

/** @type {import('trawl').ReduceFunction<object[], object>} */
export function reduce(rows, value) {
  rows.push(value);
  return rows;
}

export function finish(rows) {
  const names = [...new Set(rows.flatMap(Object.keys))];
  return line(names) + rows.map((row) => line(names.map((name) => row[name]))).join('');
}
