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

test('returns the text of each value as it was written', () => {
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

test('an empty object and a value that is not an object have no members', () => {
  for (const text of ['{}', ' { } ', '[{"a": 1}]', '"a"', '5', 'null']) assert.deepEqual(jsonMembers(text), []);
});

test('names are decoded as JSON, and the last of several members with one name counts', () => {
  assert.equal(jsonMemberText(String.raw`{"m\u0065ta": 1.0}`, 'meta'), '1.0');
  assert.equal(jsonMemberText('{"a": 1, "b": {"a": 2}, "a": 3.0}', 'a'), '3.0');
  assert.equal(jsonMemberText('{"b": {"a": 2}}', 'a'), undefined);
});

test('withJsonMember replaces every top-level value of the name and changes nothing else', () => {
  assert.equal(withJsonMember('{"a": 1, "b": {"a": 2.0}, "a" :3 }', 'a', '"x"'), '{"a": "x", "b": {"a": 2.0}, "a" :"x" }');
});
