import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonMembers, jsonMemberText, withJsonMember } from '../../src/util/json-members.ts';

const VALUES = [
  '9007199254740993',
  '1.50',
  '-0.0e+10',
  'null',
  'true',
  '""',
  String.raw`"a \" , : } ] \\"`,
  String.raw`"\\\""`,
  String.raw`"\u00e9\/"`,
  '{ }',
  '[ ]',
  '{"2": 1, "1": 2, "2": 3}',
  '[{"a": [1, "]"]}, {}]',
  '"{\\"x\\": [1,"',
];

test('each member keeps the text of its value', () => {
  for (const first of VALUES) {
    for (const second of VALUES) {
      const text = ` { "a" : ${first} ,\t"b":${second}}\n`;
      assert.ok(JSON.parse(text));
      assert.deepEqual(
        jsonMembers(text).map(({ name, start, end }) => [name, text.slice(start, end)]),
        [
          ['a', first],
          ['b', second],
        ],
      );
    }
  }
});

test('an object without members has none, nor has what is no object', () => {
  for (const text of ['{}', ' { } ', '[{"a": 1}]', '"a"', '5', 'null']) assert.deepEqual(jsonMembers(text), []);
});

test('names are read as JSON, and of several members of a name the last one counts', () => {
  assert.equal(jsonMemberText(String.raw`{"m\u0065ta": 1.0}`, 'meta'), '1.0');
  assert.equal(jsonMemberText('{"a": 1, "b": {"a": 2}, "a": 3.0}', 'a'), '3.0');
  assert.equal(jsonMemberText('{"b": {"a": 2}}', 'a'), undefined);
});

test('a value is replaced wherever its name stands, and nothing else changes', () => {
  assert.equal(withJsonMember('{"a": 1, "b": {"a": 2.0}, "a" :3 }', 'a', '"x"'), '{"a": "x", "b": {"a": 2.0}, "a" :"x" }');
});
