import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileProblems, luaProblems, scriptProblems } from '../../scripts/check-lua.ts';

const HEADER = '-- touch: a request was sent.\n--\n-- KEYS   base\n-- ARGV   run\n-- Reply  now\n';

test('the scripts of the frontier have no problems', () => {
  assert.deepEqual(luaProblems(), []);
});

test('a file that does not parse is found, with the place', () => {
  assert.deepEqual(fileProblems('touch', `${HEADER}\nlocal x = 1\nreturn x`), []);
  assert.match(fileProblems('touch', `${HEADER}\nif x then\nreturn 1`)[0] ?? '', /^touch\.lua: \[8:8\] 'end' expected/);
});

test('a file without its header is found', () => {
  for (const header of ['', HEADER.replace('touch', 'push'), HEADER.replace('-- ARGV   run\n', ''), HEADER.replace('-- Reply  now\n', '')])
    assert.match(fileProblems('touch', `${header}return 1`)[0] ?? '', /^touch\.lua does not start with a comment/);
  assert.deepEqual(fileProblems('turn', '-- Included behind prelude: turns.\nlocal x = 1'), []);
});

test('a variable that is declared nowhere is found', () => {
  assert.deepEqual(scriptProblems('touch', 'local call = redis.call\nreturn call(KEYS[1])'), []);
  assert.deepEqual(scriptProblems('touch', 'local a\n  return a + b'), ['touch.lua: b is declared nowhere: return a + b']);
  assert.deepEqual(scriptProblems('touch', 'a = 1'), ['touch.lua: a is declared nowhere: a = 1']);
});

test('an error without a text is found, because Redis would not use it as an error code', () => {
  assert.deepEqual(fileProblems('touch', `${HEADER}return redis.error_reply('REMOVED the run was removed')`), []);
  assert.deepEqual(fileProblems('touch', `${HEADER}return redis.error_reply('REMOVED')`), [
    "touch.lua: an error needs a text after its code: error_reply('REMOVED')",
  ]);
});
