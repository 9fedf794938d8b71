// The twenty most frequent words on all pages:
//   trawl --map examples/word-count.mjs --reduce examples/word-count.mjs examples/urls.txt

/** Returns each word of the page with its count. @type {import('trawl').MapFunction<[string, number]>} */
export function map({ $ }) {
  $('script, style').remove();
  // Separate the last word of an element from the first of the next.
  $('*').append(' ');
  const counts = new Map();
  for (const [word] of $.root()
    .text()
    .toLowerCase()
    .matchAll(/\p{L}+/gu))
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

export const initial = () => new Map();

/** @type {import('trawl').ReduceFunction<Map<string, number>, [string, number]>} */
export function reduce(total, [word, count]) {
  return total.set(word, (total.get(word) ?? 0) + count);
}

export function finish(total) {
  const byCount = ([a, many], [b, few]) => few - many || (a < b ? -1 : 1);
  return Object.fromEntries([...total].sort(byCount).slice(0, 20));
}
