import { fileURLToPath } from 'node:url';

/**
 * The absolute path of one of Trawl's own programs, which runs as a separate process: TypeScript in a clone, JavaScript
 * in the package.
 *
 * @param name the path below `src` or `dist` without extension, such as `worker/map/map-process`
 * @param url `import.meta.url` of any file of Trawl. In the package this is the URL of a bundle, which may be in
 *   another folder than the source file was.
 */
export function ownProgram(name: string, url: string): string {
  const root = Math.max(url.lastIndexOf('/src/') + '/src/'.length, url.lastIndexOf('/dist/') + '/dist/'.length);
  return fileURLToPath(`${url.slice(0, root)}${name}${url.slice(url.lastIndexOf('.'))}`);
}
