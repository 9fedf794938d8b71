/**
 * A member of a JSON object, with the position of its value in the text. White space around the value is not
 * included.
 */
interface JsonMember {
  name: string;
  start: number;
  end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);

/**
 * The members of a JSON object, in the order of the text, duplicates included. Empty if the text is not an object.
 *
 * With the positions, a value can be copied exactly as it was written. `JSON.parse` would change it: it rounds numbers
 * beyond 2^53, drops the `0` of `1.50`, reorders keys that look like array indexes, and keeps only the last of several
 * keys with the same name.
 *
 * @param text valid JSON. The caller checks that, for example with `JSON.parse`.
 */
export function jsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let depth = 0;
  let name: string | undefined;
  let key = '';
  let start = 0;
  const endValue = (at: number) => {
    if (name === undefined) return;
    const raw = text.slice(start, at);
    const leadingSpace = raw.length - raw.trimStart().length;
    members.push({ name, start: start + leadingSpace, end: start + raw.trimEnd().length });
    name = undefined;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (depth === 1 && name === undefined) key = text.slice(at, end);
      at = end - 1;
    } else if (OPENING.has(code)) {
      depth++;
    } else if (CLOSING.has(code)) {
      if (depth === 1) endValue(at);
      depth--;
    } else if (depth === 1 && code === COLON) {
      name = JSON.parse(key) as string;
      start = at + 1;
    } else if (depth === 1 && code === COMMA) {
      endValue(at);
    }
  }
  return members;
}

/**
 * The value of the member with this name, as it is written. If several members have the name, the last one counts, as
 * in `JSON.parse`. Undefined if there is none.
 */
export function jsonMemberText(text: string, name: string): string | undefined {
  const member = jsonMembers(text).findLast((each) => each.name === name);
  return member && text.slice(member.start, member.end);
}

/**
 * The text of the object with the value of every member of this name replaced.
 *
 * @param value valid JSON
 */
export function withJsonMember(text: string, name: string, value: string): string {
  return jsonMembers(text).reduceRight(
    (changed, member) => (member.name === name ? changed.slice(0, member.start) + value + changed.slice(member.end) : changed),
    text,
  );
}

/** The position after the closing quote of the string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
