/**
 * The same text, stored as one block of memory. V8 stores a concatenated string as a tree of its parts, which takes
 * several times the memory, until something reads a character of it.
 *
 * Use the returned string: the compiler removes a read whose result is unused.
 */
export function flatText(text: string): string {
  return text.codePointAt(0) === undefined ? '' : text;
}

/**
 * A copy of the string that does not refer to a larger one. V8 stores a slice as a reference to its parent string, so a
 * short piece of a document keeps the whole document in memory.
 *
 * Concatenating and slicing again makes V8 allocate a new block for the piece.
 */
export function copyString(piece: string): string {
  return ` ${piece}`.slice(1);
}
