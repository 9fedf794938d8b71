/**
 * The text as one string in memory. A text that was added up is a tree of its parts, which takes several times the memory, until somebody reads it.
 * The result must be used: the compiler drops a read whose result nobody needs.
 */
export function flatText(text: string): string {
  return text.codePointAt(0) === undefined ? '' : text;
}

/**
 * The same string without what it is a part of: V8 keeps the whole of a document in memory for as long as a piece of it, or a string that was put together with
 * one, is there. (To take a piece of what was put together makes it one block of its own.)
 */
export function detached(piece: string): string {
  return ` ${piece}`.slice(1);
}
