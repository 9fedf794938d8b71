// The title and the description of each page:
//   trawl --map examples/titles.mjs -f ndjson examples/urls.txt

/** @type {import('trawl').MapFunction} */
export function map({ url, $ }) {
  return { url, title: $('title').first().text().trim(), description: $('meta[name=description]').attr('content') };
}
