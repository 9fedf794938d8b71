/**
 * Makes untrusted text safe to show on a terminal. WHATWG parsing percent-encodes a URL. A line that is not a URL is not encoded, and
 * can contain anything: escape sequences, characters that change the direction of writing, lone surrogates.
 */

const PLAIN = /^[\x20-\x7e]*$/;
/** Control and format characters, lone surrogates, line and paragraph separators. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NO_WIDTH = /[\p{Mn}\p{Me}]/u;
/** The scripts of East Asian Width W and F that occur in practice, and emoji (UAX #11). */
const DOUBLE_WIDTH =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const HALF_WIDTH_KANA = /[\uff61-\uffdc]/u;

/** The text with all invisible characters escaped: `\x1b`, `\u202e`, `\u{e0041}`. */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, escapeCharacter);
}

/**
 * A report for programs, safe to show on a terminal. Invisible characters become `\uXXXX`, so JSON stays valid JSON. Line ends and tabs stay.
 */
export function escapedForTerminal(text: string): string {
  return text.replace(HIDDEN, (character) => (/[\t\n\r]/.test(character) ? character : jsonEscape(character)));
}

function jsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
}

/** The same for each line of a text; its line ends stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

function escapeCharacter(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** The number of terminal columns that the text takes. The text must come from `visible`. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

function columnsOfCharacter(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return DOUBLE_WIDTH.test(character) && !HALF_WIDTH_KANA.test(character) ? 2 : 1;
}

/** The text padded with spaces to `columns`. Longer text is unchanged. */
export function padToColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** If the text takes more than `columns`, replaces its middle with `…`. The host and the end of the path are kept, because they distinguish URLs. */
export function cutInMiddle(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const characters = [...text];
  const left = take(characters, Math.ceil((columns - 1) / 2));
  const right = take(characters.reverse(), Math.floor((columns - 1) / 2));
  return `${left.join('')}…${right.reverse().join('')}`;
}

function take(characters: readonly string[], columns: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => {
    used += columnsOfCharacter(character);
    return used > columns;
  });
  return characters.slice(0, end === -1 ? characters.length : end);
}
