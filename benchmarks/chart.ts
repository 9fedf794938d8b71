import { type CaseResult, cpuText, isTrawl, type Results, speedText } from './results.ts';

/** Sizes in pixels. */
const WIDTH = 860;
const COLUMNS = 2;
const PADDING = 16;
const TITLE = 34;
const BAR = 16;
const ROW = 22;
const LABELS = 120;
/** Space for the figures to the right of the longest bar. */
const FIGURES = 140;
const PANEL = (WIDTH - PADDING * (COLUMNS + 1)) / COLUMNS;
const LONGEST = PANEL - LABELS - FIGURES;

/** The colours have enough contrast on white and on black. */
const STYLE = `text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #768390 }
  .title { font-weight: 600; font-size: 13px } .own { fill: #2f81f7 } .other { fill: #768390; fill-opacity: 0.45 } text.own { font-weight: 600 }`;

/** An SVG with a panel for each charted case. It has a bar for each contender, whose length is its speed, with its speed and its CPU per URL as text. */
export function chart({ cases, date, cpus }: Results): string {
  const panels = cases.filter(({ isCharted }) => isCharted);
  const drawn: string[] = [];
  let top = PADDING;
  for (let from = 0; from < panels.length; from += COLUMNS) {
    const row = panels.slice(from, from + COLUMNS);
    drawn.push(...row.map((race, column) => panel(race, PADDING + column * (PANEL + PADDING), top)));
    top += TITLE + Math.max(...row.map(({ contenders }) => contenders.length)) * ROW + PADDING;
  }
  const note = `URLs per second of whole commands, and processor time per URL. ${cpus} cores, ${date.slice(0, 10)}.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top + PADDING}" viewBox="0 0 ${WIDTH} ${top + PADDING}" role="img" aria-label="${note}">
<style>${STYLE}</style>
${drawn.join('\n')}
<text x="${PADDING}" y="${top}">${note}</text>
</svg>
`;
}

function panel(race: CaseResult, left: number, top: number): string {
  const fastest = Math.max(...race.contenders.map(({ urlsPerSecond }) => urlsPerSecond));
  const bars = race.contenders.map((contender, index) => {
    const kind = isTrawl(contender.name) ? 'own' : 'other';
    const length = Math.max(1, (contender.urlsPerSecond / fastest) * LONGEST);
    const y = top + TITLE + index * ROW;
    const base = y + BAR - 4;
    const figures = `${speedText(race, contender)} · ${cpuText(contender)}`;
    return `<text class="${kind === 'own' ? 'own' : ''}" x="${left}" y="${base}">${contender.name}</text><rect class="${kind}" x="${left + LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/><text x="${(left + LABELS + length + 6).toFixed(1)}" y="${base}">${figures}</text>`;
  });
  return [`<text class="title" x="${left}" y="${top + 20}">${race.title}</text>`, ...bars].join('\n');
}
