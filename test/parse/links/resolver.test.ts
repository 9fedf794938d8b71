import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { resolver } from '../../../src/parse/links/resolver.ts';

const at = (url: string) => resolver(url, { url, encoding: () => 'utf-8' });

test('asks for the encoding only if it can matter', () => {
  let asked = 0;
  const resolve = resolver('http://h.test/', {
    url: 'http://h.test/',
    encoding: () => {
      asked++;
      return 'windows-1252';
    },
  });
  assert.deepEqual(resolve('a?b c'), { is: 'url', url: 'http://h.test/a?b%20c' });
  assert.equal(asked, 0);
  assert.deepEqual(resolve('é?é#é'), { is: 'url', url: 'http://h.test/%C3%A9?%E9#%C3%A9' });
  assert.equal(asked, 1);
});

test('recognises a scheme with white space in it', () => {
  const resolve = at('http://h.test/');
  assert.deepEqual(resolve('java\nscript:x'), { is: 'other' });
  assert.deepEqual(resolve('ht\ntps://a.test'), { is: 'url', url: 'https://a.test/' });
  assert.deepEqual(resolve('a b:c'), { is: 'url', url: 'http://h.test/a%20b:c' });
});

test('a base with another scheme does not make file: links valid', () => {
  const resolve = resolver('file:///etc/', { url: 'http://h.test/', encoding: () => 'utf-8' });
  assert.deepEqual(resolve('passwd'), { is: 'other' });
  assert.deepEqual(resolve('FILE:passwd'), { is: 'other' });
  assert.deepEqual(resolve('http://a.test'), { is: 'url', url: 'http://a.test/' });
  assert.deepEqual(at('file:///home/me/')('x.html'), { is: 'url', url: 'file:///home/me/x.html' });
});

interface Case {
  readonly id: string;
  readonly input: string;
  readonly base: string | null;
  readonly expected: { readonly href: string } | string | undefined;
  readonly failure?: boolean;
  readonly http?: boolean;
  readonly node_agrees?: boolean;
}

function corpus(name: string) {
  const url = new URL(`../../../../shared/corpora/${name}.json`, import.meta.url);
  const skip = existsSync(url) ? false : 'the corpus is not here';
  return { skip, cases: () => (JSON.parse(readFileSync(url, 'utf8')) as { cases: Case[] }).cases };
}

const wpt = corpus('url-wpt-urltestdata');
test('passes the http cases of the web platform tests', { skip: wpt.skip }, () => {
  let count = 0;
  for (const { id, input, base, expected, failure, http, node_agrees } of wpt.cases()) {
    if (base === null || http !== true || node_agrees === false || !/^https?:/.test(base)) continue;
    count++;
    // The resolver expects links without white space at either end.
    const resolved = at(new URL(base).href)(input.replace(/^[\0- ]+|[\0- ]+$/g, ''));
    const href = typeof expected === 'object' ? expected.href : '';
    if (failure === true) assert.notEqual(resolved.is, 'url', id);
    else assert.deepEqual(resolved, /^https?:/.test(href) ? { is: 'url', url: href } : { is: 'other' }, id);
  }
  assert.ok(count > 100, `${count} cases`);
});

const crawlerCommons = corpus('url-resolve-crawler-commons');
test('passes the cases of crawler-commons', { skip: crawlerCommons.skip }, () => {
  for (const { id, input, base, expected } of crawlerCommons.cases()) {
    // An empty base means a document without a URL, which does not occur here.
    if (!base) continue;
    assert.deepEqual(at(base)(input), { is: 'url', url: expected }, id);
  }
});
