/** A member of a JSON object, and where its value stands in the text, without white space around it. */
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
 * The members of the object that a text is, in the order in which they stand there, duplicates too. So a value can be passed on as it was written: `JSON.parse`
 * changes numbers beyond 2^53, drops the `0` of `1.50`, reorders keys that look like indexes, and keeps one of two keys of the same name.
 *
 * @param text valid JSON: check that first, for example with `JSON.parse`
 */
export function jsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let depth = 0;
  let name: string | undefined;
  let key = '';
  let start = 0;
  const endValue = (at: number) => {
    if (name === undefined) return;
    const value = text.slice(start, at);
    const lead = value.length - value.trimStart().length;
    members.push({ name, start: start + lead, end: start + value.trimEnd().length });
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

/** The text of a member's value; of the last one, as `JSON.parse` has it, if several have the name. Undefined if none has. */
export function jsonMemberText(text: string, name: string): string | undefined {
  const member = jsonMembers(text).findLast((each) => each.name === name);
  return member && text.slice(member.start, member.end);
}

/** The object as text with this value in place of each one that a member of that name has. */
export function withJsonMember(text: string, name: string, value: string): string {
  return jsonMembers(text).reduceRight(
    (changed, member) => (member.name === name ? changed.slice(0, member.start) + value + changed.slice(member.end) : changed),
    text,
  );
}

/** Where the string that begins at `at` ends, behind its closing quote. */
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
