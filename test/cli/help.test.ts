import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { COMMANDS, optionsOf } from '../../src/config/option-table.ts';
import { VERSION } from '../../src/config/product.ts';

function helpOf(...args: string[]): string {
  let text = '';
  const line = readCommandLine(args, { out: (written) => (text += written), err: assert.fail, columns: 80 });
  assert.deepEqual(line, { kind: 'answered', code: 0 });
  return text.replaceAll(VERSION, 'VERSION');
}

/** To renew a golden file, write what `trawl … --help` prints into it, with VERSION for the version. */
async function golden(name: string): Promise<string> {
  return readFile(new URL(`golden/${name}.golden`, import.meta.url), 'utf8');
}

test('the help of trawl is the golden file', async () => {
  assert.equal(helpOf('--help'), await golden('help'));
});

for (const command of COMMANDS) {
  test(`the help of ${command} is the golden file, and names every option`, async () => {
    const help = helpOf(command, '--help');
    assert.equal(help, await golden(`help-${command}`));
    for (const [key, { flag, env }] of optionsOf(command)) assert.ok(help.includes(flag ?? env ?? '?'), key);
  });
}
