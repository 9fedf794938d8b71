/** `npm run goldens`: updates the golden files of help and reports. Read the difference that Git shows. */
import { writeFileSync } from 'node:fs';
import { readCommandLine } from '../src/cli/command-line.ts';
import { COMMANDS } from '../src/options/commands.ts';
import { VERSION } from '../src/options/product.ts';
import { GOLDEN_REPORTS } from '../test/report/golden-reports.ts';

for (const command of ['', ...COMMANDS]) {
  let help = '';
  const args = [...(command === '' ? [] : [command]), '--help'];
  readCommandLine(args, { out: (written) => (help += written), err: () => {}, columns: 80 });
  write(`cli/golden/help${command === '' ? '' : `-${command}`}`, help.replaceAll(VERSION, 'VERSION'));
}

const cleanUps: Array<() => unknown> = [];
const context = { after: (cleanUp: () => unknown) => void cleanUps.push(cleanUp) } as Parameters<
  (typeof GOLDEN_REPORTS)[number]['render']
>[0];
for (const { name, render } of GOLDEN_REPORTS) write(`report/golden/${name}`, await render(context));
for (const cleanUp of cleanUps) await cleanUp();

function write(name: string, text: string): void {
  writeFileSync(new URL(`../test/${name}.golden`, import.meta.url), text);
}
