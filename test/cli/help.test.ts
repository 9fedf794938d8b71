import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { COMMANDS } from '../../src/options/commands.ts';
import { optionsOf } from '../../src/options/option-table.ts';
import { VERSION } from '../../src/options/product.ts';

function helpOf(...args: string[]): string {
  let text = '';
  const line = readCommandLine(args, { out: (written) => (text += written), err: assert.fail, columns: 80 });
  assert.deepEqual(line, { kind: 'answered', code: 0 });
  return text.replaceAll(VERSION, 'VERSION');
}

/** `npm run goldens` writes these files. */
async function golden(name: string): Promise<string> {
  return readFile(new URL(`golden/${name}.golden`, import.meta.url), 'utf8');
}

test('the help of trawl matches the golden file', async () => {
  assert.equal(helpOf('--help'), await golden('help'));
});

for (const command of COMMANDS) {
  test(`the help of ${command} matches the golden file, and lists every option with --all`, async () => {
    assert.equal(helpOf(command, '--help'), await golden(`help-${command}`));
    const help = helpOf(command, '--help', '--all');
    for (const [key, { flag, env }] of optionsOf(command)) assert.ok(help.includes(flag ?? env ?? '?'), key);
  });
}

test('help omits options that are seldom used, and says how to see them', () => {
  const [short, all] = [helpOf('crawl', '--help'), helpOf('crawl', '--help', '--all')];
  assert.match(short, /trawl crawl --help --all lists \d+ more options\./);
  assert.ok(!short.includes('--max-path-segments') && all.includes('--max-path-segments'));
  assert.ok(short.length < all.length / 2);
  // If a command has few options, help lists all of them.
  assert.equal(helpOf('status', '--help'), helpOf('status', '--help', '--all'));
});
