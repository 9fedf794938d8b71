import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSameSources, continuedSources, recordSources } from '../../src/cli/continue-run.ts';
import type { RunId } from '../../src/model/run-id.ts';
import type { SourceSpec } from '../../src/producer/sources/source.ts';

const RUN = 'mine' as RunId;

test('the sources of a run are stored as they were given', () => {
  const given: SourceSpec[] = [
    { kind: 'url', url: 'http://a.example/' },
    { kind: 'list-url', url: 'http://a.example/list' },
    { kind: 'sitemap', url: 'http://a.example/sitemap.xml', reading: { dedupe: 'none' } },
    { kind: 'file', path: 'urls.txt', at: '/data/urls.txt' },
  ];
  assert.deepEqual(continuedSources(RUN, recordSources(given)), given);
});

test('sources whose lines are identified by number must be the same', () => {
  const sitemap = (url: string, dedupe: 'auto' | 'none'): SourceSpec => ({ kind: 'sitemap', url, reading: { dedupe } });
  const two = (dedupe: 'auto' | 'none', second: string) => [sitemap('http://a.example/1', dedupe), sitemap(second, dedupe)];
  const before = recordSources(two('none', 'http://a.example/2'));
  assert.throws(() => checkSameSources(RUN, two('none', 'http://a.example/3'), before), /give the same sources/);
  checkSameSources(RUN, two('none', 'http://a.example/2'), before);
  checkSameSources(RUN, two('auto', 'http://a.example/3'), before);
});
