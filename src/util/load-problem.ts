import { version } from 'node:process';
import { thrownText } from './thrown-text.ts';

/** Why `import` rejected for a module that an operator wrote, and the way out, in words that follow its name. @param modulePath absolute */
export function loadProblem(error: unknown, modulePath: string): string {
  const { code } = Object(error) as { code?: unknown };
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `this Node (${version}) does not run such files: write it as .mjs, or use Node 22.18 or newer for .ts`;
  // Where it is, Node tells nobody but itself.
  if (error instanceof SyntaxError) return `${thrownText(error, modulePath)}: node --check ${modulePath} shows where`;
  return thrownText(error, modulePath);
}
