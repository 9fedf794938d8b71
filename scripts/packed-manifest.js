/**
 * `node scripts/packed-manifest.js write|restore`, for `prepack` and `postpack`: while npm packs, package.json is without what only a clone needs. npm would take `prepare` for an install script
 * of whoever installs the packed file, and warn of it.
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
