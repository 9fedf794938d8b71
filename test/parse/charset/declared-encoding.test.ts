import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htmlEncoding, xmlEncoding } from '../../../src/parse/charset/declared-encoding.ts';

/** Labels that end with `?` are unknown. */
const nameOf = (label: string) => (label === '' || label.endsWith('?') ? undefined : label);

for (const [head, encoding] of [
  ['<meta charset=big5>', 'big5'],
  ['<META CharSet = "Big5" >', 'big5'],
  ["<meta/charset='big5'/>", 'big5'],
  ['<metadata charset=big5>', undefined],
  ['<meta name=x content="text/html; charset=big5">', undefined],
  ['<meta content="text/html; charset=big5" http-equiv=Content-Type>', 'big5'],
  ['<meta http-equiv=refresh content="0; url=/?charset=big5">', undefined],
  ['<meta http-equiv=content-type content="charset of text; charset=\'big5\'">', 'big5'],
  ['<meta http-equiv=content-type content="charset=&quot;big5">', '&quot'],
  ["<meta http-equiv=content-type content='charset=\"big5'>", undefined],
  ['<meta charset=klingon?><meta charset=big5>', 'big5'],
  ['<meta charset=klingon? charset=koi8-r><meta charset=big5>', 'big5'],
  ['<p title="<meta charset=big5>">', undefined],
  ["<p title='a > <meta charset=big5>'><meta charset=koi8-r>", 'koi8-r'],
  ['</p title="<meta charset=big5>"><meta charset=koi8-r>', 'koi8-r'],
  ['<!-- <meta charset=big5> --><meta charset=koi8-r>', 'koi8-r'],
  ['<!--><meta charset=koi8-r>', 'koi8-r'],
  ['<!-- <meta charset=big5>', undefined],
  ['<!doctype "<meta charset=big5>"><meta charset=koi8-r>', 'koi8-r'],
  ['<?php echo "charset=big5" ?><meta charset=koi8-r>', 'koi8-r'],
  ['a < b <meta charset=koi8-r>', 'koi8-r'],
  ['<meta charset=utf-16le>', 'utf-8'],
  ['<meta charset=x-user-defined>', 'windows-1252'],
  ['<?xml version="1.0" encoding="koi8-r"?><p>', 'koi8-r'],
  ['<?xml version="1.0" encoding="koi8-r"?><meta charset=big5>', 'big5'],
  ['<\0?\0x\0m\0l\0', 'utf-16le'],
  ['\0<\0?\0x\0m\0l', 'utf-16be'],
  ['<meta charset="big5', 'big5'],
  ['<meta charset', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(head)} declares ${encoding}`, () => assert.equal(htmlEncoding(head, nameOf), encoding));
}

test('in XML, the declaration counts and a <meta> does not', () => {
  assert.equal(xmlEncoding('<?xml version="1.0" encoding = \'koi8-r\'?><meta charset="big5"/>', nameOf), 'koi8-r');
  assert.equal(xmlEncoding('<html><meta charset="big5"/>', nameOf), undefined);
});
