import { UsageError } from '../model/errors.ts';
import { parseSeedLine } from '../model/lines/seed-line.ts';
import { maskCredentials } from '../model/url/without-credentials.ts';
import type { NamedSource } from '../producer/sources/expand-sources.ts';
import type { SourceSpec } from '../producer/sources/source.ts';
import { nearestCommand } from './choose-command.ts';

/** Endings that are certainly not those of a host name. */
const FILE_ENDING = /\.(?:txt|csv|tsv|list|lst|urls|md|json|ndjson|xml|log)$/i;
/** Matches a file name pattern that the shell did not expand. */
const PATTERN = /[*?[{]/;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** What is needed to tell a mistyped command, or a host without a scheme, from a missing file. */
interface SourceContext {
  /** No command was given, so the first word may be a mistyped command. */
  implied: boolean;
  exists(path: string): boolean;
  isFolder(path: string): boolean;
}

/** The sources that are named by options. */
interface NamedUrls {
  listUrls: readonly string[];
  sitemapUrls: readonly string[];
}

/** Finds out what each SOURCE is: a URL, a file, a folder, a pattern, or `!PATTERN`, which excludes files. Throws UsageError if there is no source, or if one is none of these. */
export function sourceSpecs(words: readonly string[], { listUrls, sitemapUrls }: NamedUrls, context: SourceContext): NamedSource[] {
  const specs = words.map((word, index): NamedSource => {
    if (word === '-') return { kind: 'stdin' };
    if (SCHEME.test(word)) return { kind: 'url', url: word };
    if (context.isFolder(word)) return { kind: 'folder', path: word };
    if (word.startsWith('!') && word.length > 1 && !context.exists(word)) return { kind: 'except', pattern: word.slice(1) };
    if (!context.exists(word) && PATTERN.test(word)) return { kind: 'pattern', pattern: word };
    if (!context.exists(word)) throw new UsageError(missing(word, context.implied && index === 0));
    return { kind: 'file', path: word };
  });
  specs.push(...listUrls.map((url): SourceSpec => ({ kind: 'list-url', url })));
  specs.push(...sitemapUrls.map((url): SourceSpec => ({ kind: 'sitemap', url })));
  if (specs.every(({ kind }) => kind === 'except')) throw new UsageError('nothing to fetch: name a file of URLs, a URL, or - for stdin');
  return specs;
}

function missing(word: string, mayBeCommand: boolean): string {
  if (mayBeCommand && /^[a-z-]+$/i.test(word)) {
    const nearest = nearestCommand(word);
    if (nearest === word) return `no such file: ${word}; a command comes before all options and sources: trawl ${word} …`;
    return `no such command or file: ${word}; ${nearest === undefined ? 'trawl --help lists the commands' : `did you mean ${nearest}?`}`;
  }
  const line = parseSeedLine(word);
  if (line.kind === 'blank') return `no such file: ${maskCredentials(word)}`;
  const hint = line.kind === 'url' && !FILE_ENDING.test(word) ? `; if it is a URL, write ${line.url}` : '';
  return `no such file: ${line.input}${hint}`;
}
