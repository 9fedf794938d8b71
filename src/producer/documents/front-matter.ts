const FENCED = /^(---|\+\+\+)[ \t]*\n(?:[^\n]*\n)*?(?:\1|\.\.\.)[ \t]*(?:\n|$)/;

/** The text with empty lines in place of the YAML or TOML that it begins with, between `---` or `+++`. Lines end with LF. */
export function withoutFrontMatter(text: string): string {
  const block = FENCED.exec(text)?.[0];
  return block === undefined ? text : block.replace(/[^\n]+/g, '') + text.slice(block.length);
}
