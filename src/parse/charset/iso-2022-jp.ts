import { encoderTable } from './encoder-table.ts';

const ESCAPES = { ascii: [0x1b, 0x28, 0x42], roman: [0x1b, 0x28, 0x4a], jis0208: [0x1b, 0x24, 0x42] } as const;
type CharacterSet = keyof typeof ESCAPES;

/** The bytes of a text in ISO-2022-JP (Encoding Standard, 12.2.2), and in their places, as negative numbers, the code points that it lacks. */
export function iso2022JpBytes(text: string): number[] {
  const parts: number[] = [];
  let current = 'ascii' as CharacterSet;
  const change = (set: CharacterSet) => {
    if (set !== current) parts.push(...ESCAPES[set]);
    current = set;
  };
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const bytes = code < 0x80 ? code : (encoderTable('euc-jp')[fullWidth(code)] ?? 0);
    // In the Roman set, \ and ~ are other characters.
    if (code >= 0x80 && bytes > 0 && bytes < 0x80) change('roman');
    else if (bytes > 0xff) change('jis0208');
    else if (current === 'jis0208' || code === 0x5c || code === 0x7e) change('ascii');
    if (code === 0x0e || code === 0x0f || code === 0x1b) parts.push(-0xfffd);
    else if (bytes > 0xff) parts.push((bytes >> 8) - 0x80, (bytes & 0xff) - 0x80);
    else parts.push(code === 0 || bytes > 0 ? bytes : -code);
  }
  change('ascii');
  return parts;
}

/** Half-width katakana are written as the full-width ones. */
function fullWidth(code: number): number {
  if (code < 0xff61 || code > 0xff9f) return code;
  if (code >= 0xff9e) return code === 0xff9e ? 0x309b : 0x309c;
  return String.fromCharCode(code).normalize('NFKC').charCodeAt(0);
}
