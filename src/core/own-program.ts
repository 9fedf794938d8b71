import { fileURLToPath } from 'node:url';

/**
 * The path of a program of ours that is run as a process: TypeScript in a clone, JavaScript in the package.
 *
 * @param name below `src`, such as `page/map-process`
 * @param url `import.meta.url` of a file in any folder of `src`; of the bundled command it is in `dist/cli`, which is why the path goes by way of `..`
 */
export function ownProgram(name: string, url: string): string {
  return fileURLToPath(new URL(`../${name}${url.slice(url.lastIndexOf('.'))}`, url));
}
