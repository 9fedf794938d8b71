import { invalidLine, parseSeedLine, type SeedLine } from './seed-line.ts';

/** Lines that may contain more than a URL. Most lines do not match and skip the slower path. */
const PASTED = /[\s\u200b\ufeff]|^[<"'`]/;
/** What precedes the URL in pasted lists: quote marks of mails, bullets, numbers, check boxes. */
const LIST_MARK = /^(?:>\s+)*(?:(?:[-*+\u2022]|\d{1,6}[.)])\s+(?:\[[ x]\]\s+)?)?/i;
const QUOTED = /^(?:<([^<>]*)>|"([^"]*)"|'([^']*)'|`([^`]*)`)[,;]?$/;
const INVISIBLE_ENDS = /^[\u200b\ufeff]+|[\u200b\ufeff]+$/g;
const STARTS_WITH_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const SECOND_URL = /\s[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Parses one line of a list: a URL as in `parseSeedLine`, and also common forms of pasted lists: with a comment (` #
 * why`) or a tab and more text after it, as `<URL>`, in quotes, as `- URL` or `1. URL`. A line that is not UTF-8 or
 * contains several URLs is invalid, because guessing could request a URL that nobody wrote. Never throws.
 */
export function parseListLine(text: string): SeedLine {
  const line = text.trim();
  if (line.includes('\ufffd')) {
    return invalidLine(line, 'NOT_UTF8', 'the line is not valid UTF-8: save the list as UTF-8, or percent-encode the URL');
  }
  if (!PASTED.test(line)) return parseSeedLine(text);
  const url = line.startsWith('#') ? line : urlOf(line);
  if (url.startsWith('#')) return { kind: 'blank' };
  if (SECOND_URL.test(url)) {
    const problem = STARTS_WITH_SCHEME.test(url) ? 'several URLs: write one per line' : 'text before the URL: write only the URL';
    return invalidLine(line, 'NOT_A_URL', problem);
  }
  // The line was not blank, but no URL is left of it.
  return url === '' ? invalidLine(line, 'NOT_A_URL', 'not a URL: add a scheme, as in https://example.com/') : parseSeedLine(url);
}

/** The URL of a line, without the marks and comments around it. */
function urlOf(line: string): string {
  const bare = line
    .replace(INVISIBLE_ENDS, '')
    .replace(LIST_MARK, '')
    .replace(/\t.*$|\s+#.*$/s, '')
    .trim();
  const [, angled, double, single, back] = QUOTED.exec(bare) ?? [];
  return (angled ?? double ?? single ?? back ?? bare).trim();
}
