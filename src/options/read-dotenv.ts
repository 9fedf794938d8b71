import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the folder's `.env` sets, and nothing if there is none (a folder of that name counts as none: containers mount one for a missing file).
 * The process's own environment is left as it is. Throws UsageError if the file cannot be read.
 */
export function readDotenv(folder: string): Environment {
  const file = join(folder, '.env');
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return {};
    throw new UsageError(`cannot read ${file} (${code}): make it readable, or remove it`, { cause: error });
  }
  const { parse } = createRequire(import.meta.url)('dotenv') as typeof import('dotenv');
  return parse(text);
}
