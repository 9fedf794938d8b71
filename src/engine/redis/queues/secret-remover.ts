import { parseLinkLine, withLinkUrl } from '../../../model/lines/link-line.ts';
import { parseListLine } from '../../../model/lines/list-line.ts';
import type { LineFormat } from '../../../model/lines/parse-line.ts';
import { parseRecordLine, withRecordUrl } from '../../../model/lines/record-line.ts';
import { maskCredentials } from '../../../model/url/without-credentials.ts';
import { hasCredentials } from '../../read-batch.ts';

/**
 * Returns a function that removes secrets from lines of this format. It masks credentials in the URL. The reader then
 * refuses the line and says what to do instead.
 */
export function secretRemover(format: LineFormat | undefined): (line: string) => string {
  const remove = format === undefined ? withoutSecrets : format === 'links' ? linkWithoutSecrets : recordWithoutSecrets;
  return (line) => (line.includes('@') ? remove(line) : line);
}

function withoutSecrets(line: string): string {
  const seed = parseListLine(line);
  // A comment after the URL may contain anything, so it is not sent.
  return seed.kind === 'url' && !hasCredentials(seed) ? seed.input : maskCredentials(line);
}

function linkWithoutSecrets(line: string): string {
  const link = parseLinkLine(line);
  if (link.kind === 'url') return hasCredentials(link) ? withLinkUrl(line, maskCredentials(link.url)) : line;
  return link.kind === 'invalid' && link.place !== undefined ? withLinkUrl(line, link.input) : maskCredentials(line);
}

/** Only the URL of a record is masked; its body, headers and meta are sent as they are. */
function recordWithoutSecrets(line: string): string {
  const record = parseRecordLine(line);
  if (record.kind === 'url' && hasCredentials(record)) return withRecordUrl(line, record.input);
  return record.kind === 'invalid' ? maskCredentials(line) : line;
}
