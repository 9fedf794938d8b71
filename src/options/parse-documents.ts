import { accept, type Parsed, quote, reject } from '../model/parsed.ts';
import { splitRemap } from '../model/url/remap.ts';
import { regexText } from './parse-follow.ts';

/** Reads `html,md` or `.html,.md` into extensions without a dot. */
export function fileExtensions(text: string): Parsed<readonly string[]> {
  const extensions = text.split(',').map((extension) => extension.trim().replace(/^\./, ''));
  return extensions.every((extension) => /^[^./\\\s][^/\\\s]*$/.test(extension))
    ? accept(extensions)
    : reject(`${quote(text)} is not a list of file extensions: write them like html,md`);
}

/** Reads `index.html,README.md`: names of files, or `.` for the folder itself. */
export function fileNames(text: string): Parsed<readonly string[]> {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => name !== '' && !/[/\\]/.test(name))
    ? accept(names)
    : reject(`${quote(text)} is not a list of file names: write them like index.html,README.md`);
}

/** Reads `PATTERN=REPLACEMENT`. It is kept as text, because it is stored with the run. */
export function remapText(text: string): Parsed<string> {
  const remap = splitRemap(text);
  if (remap === undefined) return reject(`${quote(text)} is not PATTERN=REPLACEMENT, as in https://example.com/=public/`);
  const pattern = regexText(remap.pattern);
  return pattern.ok ? accept(text) : pattern;
}
