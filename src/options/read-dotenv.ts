import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables of the folder's `.env`. There are none if the file is missing, or if `.env` is a folder, which containers create when they mount a missing file.
 * The environment of the process is not changed. Throws UsageError if the file cannot be read.
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
