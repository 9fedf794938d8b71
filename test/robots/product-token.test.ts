import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameFor, productToken } from '../../src/robots/product-token.ts';

test('the product token of a User-Agent header is its first name', () => {
  const cases = [
    ['trawl/0.1.0 (+https://example.com)', 'trawl'],
    ['trawl', 'trawl'],
    [' Example_Bot-x/2 trawl/1', 'Example_Bot-x'],
    ['MJ12bot/v1.4', 'MJ12bot'],
    ['two words', 'two'],
    ['', ''],
  ] as const;
  for (const [header, token] of cases) assert.equal(productToken(header), token, header);
});

test('a line names a token in upper or lower case, with or without a version, and no longer or shorter one', () => {
  const cases = [
    ['trawl', 'Trawl', 'Trawl'],
    ['trawl', 'TRAWL/2.1', 'TRAWL'],
    ['trawl', 'trawl bot', 'trawl'],
    ['trawl', 'trawl;x', 'trawl'],
    ['trawl', 'trawler', undefined],
    ['trawl', 'tra', undefined],
    ['MJ12bot', 'mj12bot/1', 'mj12bot'],
    ['MJ12bot', 'MJ', undefined],
    ['', '', undefined],
    ['*', '*', '*'],
  ] as const;
  for (const [token, value, name] of cases) assert.equal(nameFor(token, value), name, `${token}: ${value}`);
});
