import assert from 'node:assert/strict';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from '../../../src/model/errors.ts';
import { BodyFiles } from '../../../src/worker/body-files.ts';
import { findMapModule, type MapPlaces } from '../../../src/worker/map/map-places.ts';
import { scratchFolder } from '../../cli/run-cli.ts';

/** A folder with modules inside it, next to it, and in folders of fetched pages. */
async function disk(t: TestContext) {
  const base = await realpath(await scratchFolder(t));
  const root = join(base, 'maps');
  for (const folder of ['maps/sub', 'maps/bodies/run/ab', 'maps/runs/run', 'maps-not', 'elsewhere'])
    await mkdir(join(base, folder), { recursive: true });
  const files = [
    'maps/x.mjs',
    'maps/sub/x.mjs',
    'maps/..x.mjs',
    'maps/bodies/run/ab/page.js',
    'maps/runs/run/page.js',
    'maps-not/x.mjs',
    'elsewhere/x.mjs',
  ];
  for (const file of files) await writeFile(join(base, file), 'export const map = () => 1;');
  await symlink(join(base, 'elsewhere/x.mjs'), join(root, 'out.mjs'));
  await symlink(join(base, 'elsewhere'), join(root, 'outside'));
  await symlink(join(root, 'x.mjs'), join(root, 'in.mjs'));
  await symlink(join(root, 'bodies'), join(root, 'sub', 'innocent'));
  const places: MapPlaces = { root, fetched: [join(root, 'bodies'), join(root, 'runs')] };
  return { base, root, places };
}

test('a module below the root is found by a relative or absolute path, also through a link that stays inside', async (t) => {
  const { root, places } = await disk(t);
  for (const [path, found] of [
    ['x.mjs', 'x.mjs'],
    ['sub/x.mjs', 'sub/x.mjs'],
    ['sub/../x.mjs', 'x.mjs'],
    ['..x.mjs', '..x.mjs'],
    [join(root, 'x.mjs'), 'x.mjs'],
    ['in.mjs', 'x.mjs'],
  ] as const) {
    assert.equal(await findMapModule(path, places), join(root, found));
  }
});

for (const path of ['../elsewhere/x.mjs', '../maps-not/x.mjs', 'out.mjs', 'outside/x.mjs', 'sub/../../elsewhere/x.mjs']) {
  test(`a module outside the root is refused: ${path}`, async (t) => {
    const { places } = await disk(t);
    const refusal = /is refused: .* is outside .*maps, and .*; move it there, or start this process with --maps DIR \(TRAWL_MAPS\)$/;
    await assert.rejects(findMapModule(path, places), (error) => error instanceof UsageError && refusal.test(error.message));
  });
}

for (const path of ['bodies/run/ab/page.js', 'runs/run/page.js', 'sub/innocent/run/ab/page.js', './sub/../bodies/run/ab/page.js']) {
  test(`a file among fetched pages is refused: ${path}`, async (t) => {
    const { places } = await disk(t);
    await assert.rejects(
      findMapModule(path, places),
      /is refused: it is in .*(bodies|runs), which holds fetched pages, and those are never run; .*--maps DIR/,
    );
  });
}

test('a page that another process saved is refused as well', async (t) => {
  const { root } = await disk(t);
  const file = await new BodyFiles(join(root, 'pages')).save(
    'run',
    '00112233aabbccdd',
    Buffer.from('export const map = () => 1'),
    'text/javascript',
  );
  await assert.rejects(
    findMapModule(join('pages', file), { root, fetched: [] }),
    /is refused: it is in .*pages, which holds fetched pages/,
  );
});

test('the module that the command line of this process names may be anywhere', async (t) => {
  const { base, places } = await disk(t);
  const own = '../elsewhere/x.mjs';
  assert.equal(await findMapModule(own, { ...places, own }), join(base, 'elsewhere/x.mjs'));
  await assert.rejects(findMapModule('../maps-not/x.mjs', { ...places, own }), /is refused/);
});
