/**
 * `node scripts/packed-manifest.js write|restore`, for `prepack` and `postpack`: while npm packs, it removes from package.json what only a clone needs. Otherwise npm would treat `prepare` as an install script
 * of the package, and warn its users about it.
 */
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const KEPT_AS = 'package.json.clone';

switch (process.argv[2]) {
  case 'write':
    copyFileSync('package.json', KEPT_AS);
    writePackedManifest();
    break;
  case 'restore':
    if (existsSync(KEPT_AS)) renameSync(KEPT_AS, 'package.json');
    break;
}

function writePackedManifest() {
  const { scripts, devDependencies, overrides, allowScripts, ...packed } = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync('package.json', `${JSON.stringify(packed, null, 2)}\n`);
}
