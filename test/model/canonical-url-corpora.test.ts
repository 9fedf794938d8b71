import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseSeedLine } from '../../src/model/lines/seed-line.ts';
import { canonicalUrl } from '../../src/model/url/canonical-url.ts';

interface Case {
  id: string;
  input: string;
  /** Another spelling of what the project takes for the same URL; null if it refuses the input. */
  expected: string | null;
  options?: { encoding?: string };
}

interface Rule {
  name: string;
  /** Gives what the rule's project makes of a canonical URL. */
  apply(canonical: string): string;
}

/**
 * What the projects do beyond what is safe. Each rule changes only what its name says, so that a case that is met with rules
 * still tests all the rest.
 */
const POLICY: readonly Rule[] = [
  { name: 'drops a user and password', apply: (url) => url.replace(/^(https?:\/\/)[^/]*@/, '$1') },
  { name: 'drops www.', apply: (url) => url.replace(/^(https?:\/\/)www\.(?=[^/]*\.[^/]*)/, '$1') },
  { name: 'drops the dot at the end of a host', apply: (url) => url.replace(/^(https?:\/\/[^/:]*)\.(?=[/:])/, '$1') },
  {
    name: 'joins slashes in a path',
    apply: (url) => url.replace(/^(https?:\/\/)([^?]*)/, (_all, scheme: string, rest: string) => scheme + rest.replace(/\/{2,}/g, '/')),
  },
  { name: 'drops a slash at the end', apply: (url) => url.replace(/\/(?=$|\?)/, '') },
  { name: 'writes a % that begins no escape as %25', apply: (url) => url.replace(/%(?![0-9A-F]{2})/g, '%25') },
  { name: 'writes a space in a query as +', apply: inFields((fields) => fields.map((field) => field.replaceAll('%20', '+'))) },
  {
    name: 'drops session ids and campaign tags',
    apply: inFields((fields) => fields.filter((field) => !/^(phpsessid|utm_\w+)=/.test(field))),
  },
  { name: 'drops parameters without a name', apply: inFields((fields) => fields.filter((field) => !/^(=|$)/.test(field))) },
  { name: 'takes no value and an empty one for the same', apply: inFields((fields) => fields.map((field) => field.replace(/=$/, ''))) },
  { name: 'writes commas in a query as %2C', apply: inFields((fields) => fields.map((field) => field.replaceAll(',', '%2C'))) },
  {
    name: 'drops parameters without a value',
    apply: inFields((fields) => (fields.length > 1 ? fields.filter((field) => /=./.test(field)) : fields)),
  },
  { name: 'sorts parameters', apply: inFields((fields) => fields.toSorted()) },
  { name: 'drops a ? with nothing behind it', apply: (url) => url.replace(/\?$/, '') },
];

/** Of each suite: how many cases are met as they are, and the rules that the others need. */
const NORMALISERS: ReadonlyArray<readonly [name: string, metWithout: number, rules: readonly string[]]> = [
  [
    'url-normalise-crawler-commons',
    50,
    [
      'drops a user and password',
      'joins slashes in a path',
      'writes a % that begins no escape as %25',
      'drops session ids and campaign tags',
      'drops parameters without a name',
      'takes no value and an empty one for the same',
      'sorts parameters',
      'drops a ? with nothing behind it',
    ],
  ],
  [
    'url-normalise-normalize-url',
    45,
    [
      'drops a user and password',
      'drops www.',
      'drops the dot at the end of a host',
      'joins slashes in a path',
      'drops a slash at the end',
      'writes a space in a query as +',
      'drops session ids and campaign tags',
      'sorts parameters',
      'drops a ? with nothing behind it',
    ],
  ],
  [
    'url-canonicalise-w3lib',
    30,
    [
      'takes no value and an empty one for the same',
      'writes commas in a query as %2C',
      'drops parameters without a value',
      'sorts parameters',
    ],
  ],
];

for (const [name, metWithout, names] of NORMALISERS) {
  corpusTest<Case>(name, (cases) => {
    const rules = POLICY.filter((rule) => names.includes(rule.name));
    assert.equal(rules.length, names.length);
    const ours = cases.filter((one) => isUtf8(one) && !isOtherScheme(one.input));
    const different = ours.filter((one) => !isMet(one, []));
    assert.equal(ours.length - different.length, metWithout);
    assert.deepEqual(
      different.filter((one) => !isMet(one, rules)),
      [],
    );
    for (const rule of rules) {
      const others = rules.filter((other) => other !== rule);
      assert.ok(
        different.some((one) => !isMet(one, others)),
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
  const left = different.filter(({ input }) => !isRefusedForPunycode(`http://${input}/`) && !MAPPED_ANEW.test(input));
  assert.deepEqual(left, []);
});

/** Node 20 refuses a host with a label that decodes to nothing that could have been encoded. No such name can be registered. */
function isRefusedForPunycode(url: string): boolean {
  return /xn--/i.test(url) && !URL.canParse(url);
}

/** Characters of hosts that UTS 46 maps in another way in versions of Unicode after the one that Node 20 has. */
const MAPPED_ANEW = /[\u04C0\u180E\u1E9E\u206B\u2183\u{2F868}]/u;

function isMet({ input, expected }: Case, rules: readonly Rule[]): boolean {
  const [given, wanted] = [input, expected].map((text) => {
    const canonical = text === null ? undefined : keyOf(text);
    return canonical === undefined ? undefined : rules.reduce((url, rule) => rule.apply(url), canonical);
  });
  return given === wanted;
}

/** The canonical form of what a list has as a line, or a page that came by http as a link; undefined if it is no http(s) URL. */
function keyOf(text: string): string | undefined {
  const line = parseSeedLine(text.startsWith('//') ? `http:${text}` : text);
  return line.kind === 'url' ? canonicalUrl(new URL(line.url)) : undefined;
}

/** Not fetched, so that they have no canonical form. */
function isOtherScheme(text: string): boolean {
  return /^(?!https?:)[a-z]+:(?!\d)/.test(text);
}

/** Query strings in the encoding of the page that they are on are a matter of reading the page. */
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
  test(name, { skip: existsSync(file) ? false : 'the corpus is not here' }, () => check(JSON.parse(readFileSync(file, 'utf8')).cases));
}
