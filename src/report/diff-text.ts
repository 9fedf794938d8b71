import type { Change, ChangeKind, Difference } from './diff.ts';
import { shownNumber } from './shown-figures.ts';
import { padToColumns, visible } from './shown-text.ts';

const HEADS: Readonly<Record<ChangeKind, string>> = {
  broke: 'Newly failing',
  mended: 'Mended',
  changed: 'Other result',
  added: 'New',
  removed: 'Gone',
};
const KINDS = Object.keys(HEADS) as ChangeKind[];
/** New and gone URLs are many where lists differ: their number says enough. */
const LISTED: ReadonlySet<ChangeKind> = new Set<ChangeKind>(['broke', 'mended', 'changed']);
const RESULT_COLUMNS = 24;

/** The difference for people: what newly fails first. */
export function diffText({ counts, changes }: Difference): string {
  const parts = KINDS.filter((kind) => LISTED.has(kind) && counts[kind] > 0).map((kind) => {
    const own = changes.filter((change) => change.kind === kind);
    const left = counts[kind] - own.length;
    return `${HEADS[kind]} (${shownNumber(counts[kind])}):\n${own.map(line).join('')}${left > 0 ? `  and ${shownNumber(left)} more\n` : ''}\n`;
  });
  const total = KINDS.map((kind) => `${shownNumber(counts[kind])} ${HEADS[kind].toLowerCase()}`).join(', ');
  return `${parts.join('')}Total: ${total}, ${shownNumber(counts.same)} the same\n`;
}

function line({ url, before, after }: Change): string {
  return `  ${padToColumns(`${before ?? 'not there'} -> ${after ?? 'not there'}`, RESULT_COLUMNS)}  ${visible(url)}\n`;
}

/** One JSON document. */
export function diffJson(difference: Difference): string {
  return `${JSON.stringify({ schema: 1, ...difference }, undefined, 2)}\n`;
}
