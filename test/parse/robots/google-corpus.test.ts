import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readRobots } from '../../../src/parse/robots/read-robots.ts';
import { robotsLines } from '../../../src/parse/robots/robots-lines.ts';
import { escapeOctets } from '../../../src/parse/robots/robots-pattern.ts';

const CORPUS = new URL('../../../../shared/corpora/robots-google-robotstxt.json', import.meta.url);

interface Text {
  robots_txt: string | null;
  robots_txt_b64?: string;
}

interface Corpus {
  cases: Array<Text & { id: string; group: string; agent: string; url: string; allowed: boolean }>;
  parse_counts: Array<Text & { group: string; expected: { valid_directives: number; last_line_seen?: number } }>;
  pattern_escape: Array<{ in: string; out: string }>;
}

const bytesOf = ({ robots_txt, robots_txt_b64 = '' }: Text) =>
  robots_txt === null ? Buffer.from(robots_txt_b64, 'base64') : Buffer.from(robots_txt);

function corpus(): Corpus | undefined {
  return existsSync(CORPUS) ? (JSON.parse(readFileSync(CORPUS, 'utf8')) as Corpus) : undefined;
}

test("decides all cases of Google's test suite, including those of RFC 9309, like Google's parser", (t) => {
  const { cases } = corpus() ?? {};
  if (cases === undefined) return t.skip('the corpus is not available');
  assert.ok(cases.length >= 145);
  for (const { id, group, agent, url, allowed, ...text } of cases) {
    // Not parsed with `URL`, which would escape characters that are unescaped in two of the cases.
    const path = url.replace(/^https?:\/\/[^/?]*/, '');
    assert.equal(
      readRobots(bytesOf(text), agent, 'http://foo.bar/robots.txt').decide(path).allowed,
      allowed,
      `${id} ${group}: ${url.slice(0, 200)}`,
    );
  }
});

test('counts lines and skips byte order marks as Google does', (t) => {
  const { parse_counts } = corpus() ?? {};
  if (parse_counts === undefined) return t.skip('the corpus is not available');
  for (const { group, expected, ...text } of parse_counts) {
    const lines = robotsLines(bytesOf(text));
    assert.equal(lines.length, expected.valid_directives, group);
    if (expected.last_line_seen !== undefined) assert.equal(lines.at(-1)?.number, expected.last_line_seen, group);
  }
});

test('escapes the paths of rules as Google does', (t) => {
  const { pattern_escape } = corpus() ?? {};
  if (pattern_escape === undefined) return t.skip('the corpus is not available');
  for (const { in: written, out } of pattern_escape) assert.equal(escapeOctets(Buffer.from(written).toString('latin1')), out);
});
