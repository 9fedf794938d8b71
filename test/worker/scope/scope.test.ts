import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { LeftOut } from '../../../src/model/left-out.ts';
import { type FollowOptions, SCOPE_KINDS, type ScopeKind } from '../../../src/model/link-options.ts';
import { compileScope } from '../../../src/worker/scope/scope.ts';
import { DEFAULT_MAX_PATH_SEGMENTS } from '../../../src/worker/scope/traps.ts';

const DEFAULTS: FollowOptions = { scope: 'host', include: [], exclude: [], maxPathSegments: DEFAULT_MAX_PATH_SEGMENTS };

describe('scope: which links are followed from a seed', () => {
  const table: ReadonlyArray<readonly [root: string, link: string, followedIn: readonly ScopeKind[]]> = [
    ['http://www.a.co.uk/x/y', 'http://www.a.co.uk/x/z', ['origin', 'host', 'domain', 'prefix', 'any']],
    ['http://www.a.co.uk/x/y', 'http://www.a.co.uk/x/', ['origin', 'host', 'domain', 'prefix', 'any']],
    ['http://www.a.co.uk/x/y', 'http://www.a.co.uk/x', ['origin', 'host', 'domain', 'any']],
    ['http://www.a.co.uk/x/y', 'http://www.a.co.uk/xy/z', ['origin', 'host', 'domain', 'any']],
    ['http://www.a.co.uk/x/y/', 'http://www.a.co.uk/x/z', ['origin', 'host', 'domain', 'any']],
    ['http://www.a.co.uk/x', 'http://www.a.co.uk/z', ['origin', 'host', 'domain', 'prefix', 'any']],
    ['http://www.a.co.uk/x/y', 'https://www.a.co.uk/x/z', ['host', 'domain', 'prefix', 'any']],
    ['http://www.a.co.uk/x/y', 'http://www.a.co.uk:8080/x/z', ['host', 'domain', 'any']],
    ['http://www.a.co.uk:8080/x/y', 'https://www.a.co.uk:8080/x/z', ['host', 'domain', 'prefix', 'any']],
    ['http://www.a.co.uk/x/y', 'http://a.co.uk/x/z', ['domain', 'any']],
    ['http://www.a.co.uk/x/y', 'http://b.co.uk/x/z', ['any']],
    ['http://www.a.co.uk/x/y', 'http://xa.co.uk/x/z', ['any']],
    ['http://alice.github.io/', 'http://bob.github.io/', ['any']],
    ['http://amazonaws.com/', 'http://bucket.s3.amazonaws.com/', ['any']],
    ['http://localhost/', 'http://localhost:81/', ['host', 'domain', 'any']],
    ['http://localhost/', 'http://other.localhost/', ['any']],
    ['http://10.0.0.1/', 'http://20.0.0.1/', ['any']],
    ['http://10.0.0.1/', 'https://10.0.0.1/', ['host', 'domain', 'prefix', 'any']],
    ['http://[::1]/', 'http://[::2]/', ['any']],
    ['http://bücher.example/', 'http://www.xn--bcher-kva.example/', ['domain', 'any']],
    ['http://a.test/%7Euser/', 'http://a.test/~user/x', ['origin', 'host', 'domain', 'prefix', 'any']],
    ['http://a.test/~user/', 'http://a.test/%7euser/x', ['origin', 'host', 'domain', 'prefix', 'any']],
    ['http://a.test/docs/', 'http://a.test/docs/.x/../../private', ['origin', 'host', 'domain', 'any']],
    ['http://a.test/docs/', 'http://u:p@a.test/docs/x', ['origin', 'host', 'domain', 'prefix', 'any']],
  ];
  for (const kind of SCOPE_KINDS) {
    it(kind, async () => {
      const scope = await compileScope({ ...DEFAULTS, scope: kind });
      for (const [root, link, followedIn] of table) {
        const expected = followedIn.includes(kind) ? undefined : 'scope';
        assert.equal(scope.from(new URL(root))(new URL(link)), expected, `${link} from ${root}`);
      }
    });
  }
});

describe('the first reason to skip a link', () => {
  const options: FollowOptions = {
    scope: 'host',
    include: ['/docs/', '\\?q='],
    exclude: ['\\.pdf$', 'log(in|out)', '^https://b'],
    maxPathSegments: 3,
  };
  const table: ReadonlyArray<readonly [link: string, expected: LeftOut | undefined]> = [
    ['http://a.test/docs/x', undefined],
    ['http://a.test/docs/x#part.pdf', undefined],
    ['http://a.test/x?q=1', undefined],
    ['http://a.test/x', 'not-included'],
    ['http://a.test/DOCS/', 'not-included'],
    ['http://a.test/x#/docs/', 'not-included'],
    ['http://a.test/docs/x.pdf', 'excluded'],
    ['http://a.test/docs/logout', 'excluded'],
    ['http://b.test/docs/', 'scope'],
    ['https://b.test/docs/', 'excluded'],
    ['http://a.test/docs/1/2/', undefined],
    ['http://a.test/docs/1/2/3', 'path-segments'],
    ['http://a.test/docs/docs/docs', 'repeated-segments'],
    ['mailto:docs@a.test', 'other-scheme'],
    ['javascript:void(0)', 'other-scheme'],
    ['ftp://a.test/docs/', 'other-scheme'],
    [`http://a.test/docs/?${'x'.repeat(2_047 - 'http://a.test/docs/?'.length)}#part`, undefined],
    [`http://a.test/docs/?${'x'.repeat(2_048 - 'http://a.test/docs/?'.length)}`, 'url-length'],
    [`http://b.test/docs/?${'x'.repeat(2_048)}`, 'scope'],
  ];
  for (const [link, expected] of table) {
    it(`${link.slice(0, 60)}: ${expected ?? 'none'}`, async () => {
      assert.equal((await compileScope(options)).from(new URL('http://a.test/'))(new URL(link)), expected);
    });
  }
});

test('an invalid pattern is refused when the scope is compiled', async () => {
  await assert.rejects(compileScope({ ...DEFAULTS, exclude: ['('] }), SyntaxError);
});
