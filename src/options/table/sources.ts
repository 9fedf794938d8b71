import { PLANS_RUNS, READS_LISTS } from '../commands.ts';
import { SWITCH } from '../kinds.ts';
import type { OptionTable } from '../option-spec.ts';
import { fileExtensions, fileNames, remapText } from '../parse-documents.ts';
import { regexText } from '../parse-follow.ts';
import { cellDelimiter, oneOf, sitemapUrl, text, urlWith } from '../parse-values.ts';

/** Where the URLs come from, and how sources are read. */
export const SOURCES = {
  listUrls: {
    flag: '--list',
    valueName: 'URL',
    repeatable: true,
    scope: 'process',
    commands: PLANS_RUNS,
    meaning: 'download a list and take the URLs from it; repeatable',
    parse: urlWith('http', 'https'),
  },
  sitemapUrls: {
    flag: '--sitemap',
    valueName: 'URL|auto',
    repeatable: true,
    scope: 'process',
    commands: PLANS_RUNS,
    meaning:
      'download a sitemap (XML, index, gzip, RSS, Atom or text) and take its pages; repeatable; auto finds the sitemaps of all sites on the command line, from robots.txt or at /sitemap.xml',
    parse: sitemapUrl,
  },
  input: {
    flag: '--input',
    valueName: 'FORMAT',
    default: 'auto',
    scope: 'reading',
    commands: READS_LISTS,
    meaning:
      'format of the sources: lines (one URL per line), jsonl (one record per line), csv or tsv, markdown or html (for their links); auto goes by the file name: .jsonl, .ndjson, .csv, .tsv, .md, .markdown, .mdx, .html, .htm, .xhtml',
    parse: oneOf('auto', 'lines', 'jsonl', 'csv', 'tsv', 'markdown', 'html'),
  },
  rootDir: {
    flag: '--root-dir',
    valueName: 'DIR',
    scope: 'reading',
    commands: READS_LISTS,
    meaning:
      'in documents: the folder that a link to / stands for (default: for HTML below a folder, that folder; for other files, their Git repository or else the working directory)',
    parse: text,
  },
  excludePaths: {
    flag: '--exclude-path',
    valueName: 'REGEX',
    repeatable: true,
    scope: 'process',
    commands: READS_LISTS,
    meaning:
      'do not read files whose path matches this regular expression, such as ^vendor/; repeatable; a source of the form !PATTERN, such as "!vendor/**", excludes files too',
    parse: regexText,
  },
  fallbackExtensions: {
    flag: '--fallback-extensions',
    valueName: 'EXT,…',
    scope: 'reading',
    commands: READS_LISTS,
    meaning:
      'in documents: if the file of a local link does not exist, try these extensions, as in html,md; for sites that serve about.html as /about',
    parse: fileExtensions,
  },
  indexFiles: {
    flag: '--index-files',
    valueName: 'NAME,…',
    scope: 'reading',
    commands: READS_LISTS,
    meaning:
      'in documents: a link to a folder needs one of these files in it; . accepts a folder without one (default: index.html or index.htm for links in HTML below a named folder, or with --root-dir; other links need none)',
    parse: fileNames,
  },
  remaps: {
    flag: '--remap',
    valueName: 'PATTERN=TO',
    repeatable: true,
    scope: 'reading',
    commands: READS_LISTS,
    meaning:
      'in documents: replace what a regular expression matches in http and https links, and check the result; a result without a scheme is a local file, as in --remap https://example.com/=public/; the first rule that matches counts; repeatable',
    parse: remapText,
  },
  wikiLinks: {
    flag: '--wiki-links',
    scope: 'reading',
    commands: READS_LISTS,
    meaning: 'in Markdown: check [[page]], [[page#heading|text]] and ![[image.png]] too; pages are found by path or by name',
    ...SWITCH,
  },
  urlColumn: {
    flag: '--url-column',
    valueName: 'NAME',
    scope: 'reading',
    commands: READS_LISTS,
    meaning: 'in CSV: column with the URL, by name or number; the other columns come back under meta',
    parse: text,
  },
  delimiter: {
    flag: '--delimiter',
    valueName: 'C',
    scope: 'reading',
    commands: READS_LISTS,
    meaning:
      'in CSV: the character between cells, or tab (default: whichever of comma, semicolon, tab and | is most frequent in the first row)',
    parse: cellDelimiter,
  },
  dedupe: {
    flag: '--dedupe',
    valueName: 'HOW',
    default: 'auto',
    scope: 'reading',
    commands: READS_LISTS,
    meaning:
      'url: fetch each URL once, even if it is listed twice; none: fetch every line; auto: url for lists, none for records and tables',
    parse: oneOf('auto', 'url', 'none'),
  },
} as const satisfies OptionTable;
