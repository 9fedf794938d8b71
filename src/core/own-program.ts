import { fileURLToPath } from 'node:url';

/** The path of a program of ours that is run as a process: TypeScript in a clone, JavaScript in the package. @param url `import.meta.url` of a file in the program's folder */
export function ownProgram(name: string, url: string): string {
  return fileURLToPath(new URL(`${name}${url.slice(url.lastIndexOf('.'))}`, url));
}
