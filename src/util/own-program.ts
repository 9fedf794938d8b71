import { fileURLToPath } from 'node:url';

/**
 * The path of a program of ours that runs as a process of its own: TypeScript in a clone, JavaScript in the package.
 *
 * @param name below `src` and below `dist`, such as `worker/map/map-process`
 * @param url `import.meta.url` of any file of Trawl. In the package it is that of a bundle, which may be in another folder than the source was.
 */
export function ownProgram(name: string, url: string): string {
  const root = Math.max(url.lastIndexOf('/src/') + '/src/'.length, url.lastIndexOf('/dist/') + '/dist/'.length);
  return fileURLToPath(`${url.slice(0, root)}${name}${url.slice(url.lastIndexOf('.'))}`);
}
