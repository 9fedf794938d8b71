/**
 * `npm run docs:picture`: draws docs/images/trawl-check.svg, a terminal in which the built command checks the demo site. The text is the real output
 * of the command. The window is dark and has a border, so it looks good on light and dark pages.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { demoSite } from './demo-site.ts';

const COMMAND = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/images/trawl-check.svg', import.meta.url));
const PORT = 8808;
const SHOWN = `trawl check http://127.0.0.1:${PORT}/`;

/** Sizes in pixels. */
const CHAR = 8.4;
const LINE = 20;
const PADDING = 20;
const BAR = 36;
const MIN_COLUMNS = 72;
const DOTS = ['#ff5f57', '#febc2e', '#28c840'];

/** SVG attributes by terminal code. The colours are those of GitHub's dark theme. */
const STYLES: Readonly<Record<number, readonly [name: string, value: string]>> = {
  1: ['font-weight', 'bold'],
  2: ['fill-opacity', '0.65'],
  31: ['fill', '#ff7b72'],
  32: ['fill', '#7ee787'],
  33: ['fill', '#e3b341'],
  34: ['fill', '#79c0ff'],
  35: ['fill', '#d2a8ff'],
  36: ['fill', '#76e3ea'],
  90: ['fill', '#8b949e'],
};
/** The styles that each of these codes turns off. */
const ENDED: Readonly<Record<number, readonly string[]>> = {
  0: ['font-weight', 'fill-opacity', 'fill'],
  22: ['font-weight', 'fill-opacity'],
  39: ['fill'],
};

const ESC = '\u001b';
const STYLE_CODE = new RegExp(`(${ESC}\\[[\\d;]*m)`, 'g');
const PROMPT = `${ESC}[32m$${ESC}[39m`;

/** Records the output of a check of the demo site on a terminal, which `script` of util-linux provides. There is no progress line, because it would be overwritten anyway. */
async function recordCheck(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-picture-'));
  const server = createServer(demoSite());
  server.listen(PORT, '127.0.0.1');
  await once(server, 'listening');
  try {
    const command = `stty cols 120 rows 40; exec "${process.execPath}" "${COMMAND}" ${SHOWN.split(' ').slice(1).join(' ')} --no-progress`;
    const env = { ...process.env, TRAWL_REDIS_URL: '', TERM: 'xterm-256color' };
    const child = spawn('script', ['-qec', command, join(folder, 'typescript')], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return (await text(child.stdout)).replaceAll('\r\n', '\n');
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  }
}

function drawTerminal(output: string): string {
  const lines = [`${PROMPT} ${SHOWN}`, ...output.trimEnd().split('\n')];
  const columns = Math.max(MIN_COLUMNS, ...lines.map((line) => plain(line).length));
  const width = Math.ceil(columns * CHAR + 2 * PADDING);
  const height = BAR + lines.length * LINE + PADDING;
  const label = `A terminal: ${SHOWN} lists what is broken on a site, and why`;
  const dots = DOTS.map((colour, index) => `<circle cx="${PADDING + 6 + index * 20}" cy="18" r="6" fill="${colour}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #e6edf3; white-space: pre }</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="#0d1117" stroke="#484f58"/>
${dots.join('')}
${lines.map(textLine).filter(Boolean).join('\n')}
</svg>
`;
}

/** Each line has a fixed length, so that columns align in every font. */
function textLine(line: string, row: number): string {
  const { length } = plain(line);
  if (length === 0) return '';
  const y = BAR + row * LINE + LINE;
  return `<text x="${PADDING}" y="${y}" textLength="${(length * CHAR).toFixed(1)}" xml:space="preserve">${spans(line)}</text>`;
}

/** Splits the line into parts that have one style each. */
function spans(line: string): string {
  const style = new Map<string, string>();
  return line
    .split(STYLE_CODE)
    .map((part) => {
      if (part.startsWith(ESC)) {
        for (const code of part.slice(2, -1).split(';').map(Number)) restyle(style, code);
        return '';
      }
      if (part === '' || style.size === 0) return escaped(part);
      const attributes = [...style].map(([name, value]) => ` ${name}="${value}"`);
      return `<tspan${attributes.join('')}>${escaped(part)}</tspan>`;
    })
    .join('');
}

function restyle(style: Map<string, string>, code: number): void {
  for (const name of ENDED[code] ?? []) style.delete(name);
  const added = STYLES[code];
  if (added !== undefined) style.set(...added);
}

const plain = (line: string) => line.replaceAll(STYLE_CODE, '');
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

mkdirSync(dirname(PICTURE), { recursive: true });
writeFileSync(PICTURE, drawTerminal(await recordCheck()));
