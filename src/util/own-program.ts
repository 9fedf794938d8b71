import { fileURLToPath } from 'node:url';

/**
 * Returns the path of one of our programs that run as separate processes: TypeScript in a clone, JavaScript in the
 * package. Throws if `url` is not below a folder named `src` or `dist`.
 *
 * @param name path below `src` and `dist`, without extension, such as `worker/map/map-process`
 * @param url `import.meta.url` of any file of Trawl. In the package, that is a bundle, which may be in another folder
 *   than the source was.
 */
export function ownProgram(name: string, url: string): string {
  const [root, rest] = /^(.*\/(?:src|dist)\/)(.*)$/.exec(url)?.slice(1) ?? [];
  if (root === undefined || rest === undefined) throw new Error(`${url} is not below a folder named src or dist`);
  return fileURLToPath(`${root}${name}${rest.slice(rest.lastIndexOf('.'))}`);
}
