// A CSV file of what a map returned, one line for each object:
//   trawl --map examples/titles.mjs --reduce examples/csv.mjs -f result -o titles.csv examples/urls.txt

// A spreadsheet takes what begins like this for a formula.
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
