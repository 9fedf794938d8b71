/** A path or URL in a directive, and its line there, counted from 0. */
interface DirectiveLink {
  written: string;
  line: number;
}

/** The links of a MyST directive, and its body if that is Markdown. */
export interface Directive {
  links: DirectiveLink[];
  /** `line`: the line of the directive on which it begins, from 0. */
  body?: { text: string; line: number };
}

/** Directives whose argument is the path or URL of a file. */
const NAMES_FILE = new Set(['image', 'figure', 'include', 'literalinclude', 'iframe', 'video', 'audio']);

/** Options whose value is a path or a URL. */
const LINK_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['target', ['image', 'figure']],
  ['file', ['csv-table', 'raw']],
  ['link', ['card', 'grid-item-card']],
]);

/** Directives whose body is Markdown. */
const HAS_MARKDOWN = new Set(
  'admonition attention aside caution card danger dropdown epigraph error figure grid grid-item grid-item-card hint important list-table margin note pull-quote seealso sidebar tab-item tab-set table tip topic versionadded versionchanged deprecated warning'.split(
    ' ',
  ),
);

/** The beginning of a directive: `{name} argument`. */
const OPENING = /^\{([\w:+.-]+)\}[ \t]*(.*)$/;
const COLON_FENCE = /^:{3,}(?=\{)/;
const OPTION = /^:([\w-]+):[ \t]*(.*)$/;
const YAML_OPTION = /^([\w-]+):[ \t]+(.*)$/;

/**
 * Reads a fence of backticks as a MyST directive, such as `{figure} path`. Undefined for a fence of code.
 *
 * @param info the text after the opening backticks
 * @param content the lines of the fence
 */
export function readDirective(info: string, content: string): Directive | undefined {
  const [, name, argument = ''] = OPENING.exec(info.trim()) ?? [];
  if (name === undefined) return undefined;
  const lines = content.split('\n');
  const { options, end } = readOptions(lines, 0);
  const links = linksOf(name, argument, options);
  return HAS_MARKDOWN.has(name) ? { links, body: { text: lines.slice(end).join('\n'), line: end + 1 } } : { links };
}

/** The links of directives between colons in the text of a paragraph. Their body is Markdown of the document, and is read with it. */
export function colonDirectiveLinks(text: string): DirectiveLink[] {
  if (!text.includes(':::')) return [];
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const fence = COLON_FENCE.exec(line)?.[0];
    const [, name, argument = ''] = fence === undefined ? [] : (OPENING.exec(line.slice(fence.length).trim()) ?? []);
    if (name === undefined) return [];
    return linksOf(name, argument, readOptions(lines, at + 1).options).map(({ written, line }) => ({ written, line: at + line }));
  });
}

/** The file of a `{download}` role, whose text is `path` or `title <path>`. Undefined for other code. */
export function downloadOf(before: string, code: string): string | undefined {
  if (!before.endsWith('{download}')) return undefined;
  return pathOf(/<([^<>]+)>\s*$/.exec(code)?.[1] ?? code);
}

interface Option {
  name: string;
  value: string;
  /** Counted from 0 at the beginning of the body. */
  line: number;
}

/**
 * The options at the beginning of a body, which begins at the line `first`, and the index of the first line after them.
 * It does not copy the rest of the lines, because a paragraph may have very many lines with a directive on each.
 */
function readOptions(lines: readonly string[], first: number): { options: Option[]; end: number } {
  const isYaml = lines[first]?.trim() === '---';
  const options: Option[] = [];
  for (let at = isYaml ? first + 1 : first; at < lines.length; at++) {
    const text = lines[at]?.trim() ?? '';
    if (isYaml && text === '---') return { options, end: at + 1 };
    const [, name, value = ''] = (isYaml ? YAML_OPTION : OPTION).exec(text) ?? [];
    if (name !== undefined) options.push({ name, value, line: at - first });
    else if (!isYaml) return { options, end: at };
  }
  return isYaml ? { options: [], end: first } : { options, end: lines.length };
}

function linksOf(name: string, argument: string, options: readonly Option[]): DirectiveLink[] {
  const file = NAMES_FILE.has(name) ? pathOf(argument) : undefined;
  const type = options.find((option) => option.name === 'link-type')?.value.trim() ?? 'url';
  const named = options.flatMap((option): DirectiveLink[] => {
    if (LINK_OPTIONS.get(option.name)?.includes(name) !== true || (option.name === 'link' && type !== 'url')) return [];
    const written = pathOf(option.value);
    // Without a dot or a slash it is the name of a target, not a path.
    if (written === undefined || (option.name === 'target' && !/[./]/.test(written))) return [];
    return [{ written, line: option.line + 1 }];
  });
  return [...(file === undefined ? [] : [{ written: file, line: 0 }]), ...named];
}

/** A path or URL, without quotes. Undefined for a reference (`#label`), a pattern (`image.*`), a template and nothing. */
function pathOf(written: string): string | undefined {
  const path = written.trim().replace(/^(["'])(.*)\1$/, '$2');
  return path === '' || path.startsWith('#') || /\*|\{\{|\{%/.test(path) ? undefined : path;
}
