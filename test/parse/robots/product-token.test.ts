import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameFor, productToken } from '../../../src/parse/robots/product-token.ts';

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

test('the name of a crawler that begins like a browser follows "compatible"', () => {
  const cases = [
    ['Mozilla/5.0 (compatible; ExampleBot/0.1; https://www.example.com/bot.html)', 'ExampleBot'],
    ['Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Example2Bot/2.1; +https://example.com) Safari/537.36', 'Example2Bot'],
    ['mozilla/5.0 (COMPATIBLE;Example-Bot)', 'Example-Bot'],
    ['Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0', 'Mozilla'],
    ['Mozilla/5.0 (compatible; )', 'Mozilla'],
    ['trawl/1 (compatible; other/1)', 'trawl'],
  ] as const;
  for (const [header, token] of cases) assert.equal(productToken(header), token, header);
  assert.equal(nameFor('ExampleBot', 'Mozilla/5.0 (compatible; ExampleBot/0.1)'), undefined);
});

test('a line names a token in any case, with or without a version, but no longer or shorter token', () => {
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
