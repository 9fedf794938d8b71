import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseSeedLine } from '../../src/model/lines/seed-line.ts';
import { canonicalUrl } from '../../src/model/url/canonical-url.ts';

interface Case {
  id: string;
  input: string;
  /** The URL that the project considers equivalent, in any spelling. Null if the project rejects the input. */
  expected: string | null;
  options?: { encoding?: string };
}

interface Rule {
  name: string;
  /** Applies the project's rule to a canonical URL. */
  apply(canonical: string): string;
}

/**
 * Normalisations of these projects that are not safe in general. Each rule changes only what its name says, so a case
 * that needs rules still tests everything else.
 */
const POLICY: readonly Rule[] = [
  { name: 'drops a user and password', apply: (url) => url.replace(/^(https?:\/\/)[^/]*@/, '$1') },
  { name: 'drops www.', apply: (url) => url.replace(/^(https?:\/\/)www\.(?=[^/]*\.[^/]*)/, '$1') },
  { name: 'drops the trailing dot of a host', apply: (url) => url.replace(/^(https?:\/\/[^/:]*)\.(?=[/:])/, '$1') },
  {
    name: 'merges double slashes in a path',
    apply: (url) => url.replace(/^(https?:\/\/)([^?]*)/, (_all, scheme: string, rest: string) => scheme + rest.replace(/\/{2,}/g, '/')),
  },
  { name: 'drops a trailing slash', apply: (url) => url.replace(/\/(?=$|\?)/, '') },
  { name: 'writes a % that begins no escape as %25', apply: (url) => url.replace(/%(?![0-9A-F]{2})/g, '%25') },
  { name: 'writes a space in a query as +', apply: inFields((fields) => fields.map((field) => field.replaceAll('%20', '+'))) },
  {
    name: 'drops session ids and campaign tags',
    apply: inFields((fields) => fields.filter((field) => !/^(phpsessid|utm_\w+)=/.test(field))),
  },
  { name: 'drops parameters without a name', apply: inFields((fields) => fields.filter((field) => !/^(=|$)/.test(field))) },
  { name: 'treats a missing value like an empty one', apply: inFields((fields) => fields.map((field) => field.replace(/=$/, ''))) },
  { name: 'writes commas in a query as %2C', apply: inFields((fields) => fields.map((field) => field.replaceAll(',', '%2C'))) },
  {
    name: 'drops parameters without a value',
    apply: inFields((fields) => (fields.length > 1 ? fields.filter((field) => /=./.test(field)) : fields)),
  },
  { name: 'sorts parameters', apply: inFields((fields) => fields.toSorted()) },
  { name: 'drops the ? of an empty query', apply: (url) => url.replace(/\?$/, '') },
];

/** For each corpus: how many cases pass without rules, and the rules that the others need. */
const NORMALISERS: ReadonlyArray<readonly [name: string, passing: number, rules: readonly string[]]> = [
  [
    'url-normalise-crawler-commons',
    50,
    [
      'drops a user and password',
      'merges double slashes in a path',
      'writes a % that begins no escape as %25',
      'drops session ids and campaign tags',
      'drops parameters without a name',
      'treats a missing value like an empty one',
      'sorts parameters',
      'drops the ? of an empty query',
    ],
  ],
  [
    'url-normalise-normalize-url',
    45,
    [
      'drops a user and password',
      'drops www.',
      'drops the trailing dot of a host',
      'merges double slashes in a path',
      'drops a trailing slash',
      'writes a space in a query as +',
      'drops session ids and campaign tags',
      'sorts parameters',
      'drops the ? of an empty query',
    ],
  ],
  [
    'url-canonicalise-w3lib',
    30,
    ['treats a missing value like an empty one', 'writes commas in a query as %2C', 'drops parameters without a value', 'sorts parameters'],
  ],
];

for (const [name, passing, names] of NORMALISERS) {
  corpusTest<Case>(name, (cases) => {
    const rules = POLICY.filter((rule) => names.includes(rule.name));
    assert.equal(rules.length, names.length);
    const relevant = cases.filter((one) => isUtf8(one) && !isOtherScheme(one.input));
    const different = relevant.filter((one) => !passes(one, []));
    assert.equal(relevant.length - different.length, passing);
    assert.deepEqual(
      different.filter((one) => !passes(one, rules)),
      [],
    );
    for (const rule of rules) {
      const others = rules.filter((other) => other !== rule);
      assert.ok(
        different.some((one) => !passes(one, others)),
        `no case needs the rule: ${rule.name}`,
      );
    }
  });
}

interface ParserCase {
  id: string;
  input: string;
  base: string | null;
  failure: boolean;
  expected?: { href: string };
  http: boolean;
}

corpusTest<ParserCase>('url-wpt-urltestdata', (cases) => {
  const different = cases.filter(({ input, base, failure, expected, http }) => {
    const parsed = URL.canParse(input, base ?? undefined) ? new URL(input, base ?? undefined) : undefined;
    if (parsed === undefined) return http && !failure;
    if (!/^https?:$/.test(parsed.protocol)) return http;
    const canonical = canonicalUrl(parsed);
    return failure || canonical !== canonicalUrl(new URL(expected?.href ?? '')) || canonical !== canonicalUrl(new URL(canonical));
  });
  assert.deepEqual(
    different.filter(({ failure, expected }) => failure || !isRefusedForPunycode(expected?.href ?? '')),
    [],
  );
});

corpusTest<Case>('idn-wpt-toascii', (cases) => {
  const different = cases.filter(({ input, expected }) => {
    const url = `http://${input}/x`;
    return (URL.canParse(url) ? canonicalUrl(new URL(url)) : null) !== (expected === null ? null : `http://${expected}/x`);
  });
  const unexplained = different.filter(({ input }) => !isRefusedForPunycode(`http://${input}/`) && !REMAPPED.test(input));
  assert.deepEqual(unexplained, []);
});

/**
 * Node 20 rejects a host with a label that decodes to something that could not have been encoded. No such name can be
 * registered.
 */
function isRefusedForPunycode(url: string): boolean {
  return /xn--/i.test(url) && !URL.canParse(url);
}

/** Characters that newer Unicode versions map differently in host names (UTS 46) than the version in Node 20. */
const REMAPPED = /[\u04C0\u180E\u1E9E\u206B\u2183\u{2F868}]/u;

function passes({ input, expected }: Case, rules: readonly Rule[]): boolean {
  const [given, wanted] = [input, expected].map((text) => {
    const canonical = text === null ? undefined : canonicalOf(text);
    return canonical === undefined ? undefined : rules.reduce((url, rule) => rule.apply(url), canonical);
  });
  return given === wanted;
}

/**
 * The canonical form of a text, read as a line of a list or, if it begins with `//`, as a link of a page fetched over
 * http. Undefined if it is not an http(s) URL.
 */
function canonicalOf(text: string): string | undefined {
  const line = parseSeedLine(text.startsWith('//') ? `http:${text}` : text);
  return line.kind === 'url' ? canonicalUrl(new URL(line.url)) : undefined;
}

/** URLs of other schemes are not fetched, so they have no canonical form. */
function isOtherScheme(text: string): boolean {
  return /^(?!https?:)[a-z]+:(?!\d)/.test(text);
}

/** How the encoding of a page affects its query strings is tested with the page readers. */
function isUtf8({ options }: Case): boolean {
  return /^utf-?8$/.test(options?.encoding ?? 'utf8');
}

function inFields(change: (fields: string[]) => string[]): (url: string) => string {
  return (url) => {
    const [path = '', query] = url.split(/\?(.*)/s);
    return query === undefined ? url : `${path}?${change(query.split('&')).join('&')}`;
  };
}

function corpusTest<T>(name: string, check: (cases: readonly T[]) => void): void {
  const file = new URL(`../../../shared/corpora/${name}.json`, import.meta.url);
  test(name, { skip: existsSync(file) ? false : 'the corpus is not available' }, () => check(JSON.parse(readFileSync(file, 'utf8')).cases));
}
