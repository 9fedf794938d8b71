import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/architecture.md', import.meta.url));
/** Folders that are not in the picture, because every folder may import them or they import every folder. */
const NOT_DRAWN = new Set(['model', 'util', 'options', 'cli']);

/** Imports between the folders of `src`, as `from to`. */
function imports(): Set<string> {
  const found = new Set<string>();
  for (const name of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    const [from = '', ...below] = name.split(sep);
    if (!name.endsWith('.ts') || below.length === 0) continue;
    for (const [, path = ''] of readFileSync(join(SRC, name), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      const [to = ''] = normalize(join(dirname(name), path)).split(sep);
      if (from !== to && !NOT_DRAWN.has(from) && !NOT_DRAWN.has(to)) found.add(`${from} ${to}`);
    }
  }
  return found;
}

test('the picture in docs/architecture.md has the imports between folders', () => {
  const picture = /```mermaid\n(.*?)```/s.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '';
  const drawn = new Set([...picture.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} ${to}`));
  const flows = [...picture.matchAll(/^ {2}(\w+) <?==>\|[\w ]+\| (\w+)$/gm)].flatMap(([, from, to]) => [`${from} ${to}`, `${to} ${from}`]);
  const actual = imports();
  assert.ok(actual.size > 10);
  assert.deepEqual(
    {
      drawnWithoutImport: [...drawn].filter((edge) => !actual.has(edge)),
      importsNotDrawn: [...actual].filter((edge) => !drawn.has(edge) && !flows.includes(edge)),
    },
    { drawnWithoutImport: [], importsNotDrawn: [] },
  );
});
