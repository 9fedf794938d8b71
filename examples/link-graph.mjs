// Which page links to which, for Graphviz (dot -Tsvg links.dot):
//   trawl --map examples/link-graph.mjs --reduce examples/link-graph.mjs -f result -o links.dot examples/urls.txt

/** Each link of the page, as [from, to]. @type {import('trawl').MapFunction<[string, string]>} */
export function map({ url, $ }) {
  const given = $('base[href]').attr('href') ?? '';
  const base = URL.canParse(given, url) ? new URL(given, url) : url;
  const targets = new Set();
  for (const link of $('a[href]')) {
    const href = $(link).attr('href');
    if (!URL.canParse(href, base)) continue;
    const target = new URL(href, base);
    target.hash = '';
    if (target.protocol.startsWith('http')) targets.add(target.href);
  }
  return [...targets].map((target) => [url, target]);
}

export const initial = 'digraph links {\n';

/** @type {import('trawl').ReduceFunction<string, [string, string]>} */
export function reduce(graph, [from, to]) {
  return `${graph}  ${JSON.stringify(from)} -> ${JSON.stringify(to)};\n`;
}

export const finish = (graph) => `${graph}}\n`;
