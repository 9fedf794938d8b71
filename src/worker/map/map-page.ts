import type { Ending } from '../../engine/ending.ts';
import type { Visit } from '../../engine/visit.ts';
import type { FetchResult, ResponseContent } from '../../fetch/fetch-result.ts';
import type { Entry } from '../../model/entry.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import { isRepeatable } from '../../model/request-spec.ts';
import { withoutCredentials } from '../../model/url/without-credentials.ts';
import { orAborted } from '../../util/async.ts';
import type { RunMaps } from './run-maps.ts';

/** How long a page that could not be mapped here waits before it is tried again. */
export const MAP_AGAIN_MS = 1_000;

/**
 * If the run has a `map` and the page's verdict is `ok`, maps the page and returns the ending with the values as
 * `data`, or with the verdict `map-failed`. If the visit is aborted meanwhile, the entry goes back. If no process can
 * map the page now, the entry is tried again later, which costs no attempt.
 */
export async function mapPage(entry: Entry, result: FetchResult, ending: Ending, visit: Visit, maps: RunMaps): Promise<Ending> {
  const { map, mapTimeoutMs } = visit.options;
  if (map === undefined || ending.kind !== 'outcome' || !ending.outcome.ok) return ending;
  if (result.kind !== 'response' || result.content === undefined) return ending;
  const { outcome } = ending;
  const page = {
    url: outcome.finalUrl ?? withoutCredentials(entry.url),
    status: result.status,
    headers: pageHeaders(result.content),
    body: result.content.body,
    ...(entry.request?.meta !== undefined && { meta: entry.request.meta }),
  };
  const mapped = await orAborted(maps.map(visit.run, map, page, mapTimeoutMs), visit.signal).catch(() => undefined);
  // A request that must not be sent twice has been sent. So the entry is done, and the values of its page are lost.
  if (mapped === undefined) return isRepeatable(entry, visit.options) ? { kind: 'back' } : failed(ending, STOPPED);
  if (mapped.kind === 'unmapped') {
    const { message, isFinal } = mapped;
    return isFinal || !isRepeatable(entry, visit.options)
      ? failed(ending, { code: 'MAP_NOT_STARTED', message })
      : { kind: 'retry', afterMs: MAP_AGAIN_MS, entry };
  }
  if (mapped.kind === 'failed') return failed(ending, mapped.error);
  return mapped.values === undefined ? ending : { ...ending, outcome: { ...outcome, data: mapped.values } };
}

const STOPPED: OutcomeError = { code: 'MAP_ENDED', message: 'the worker was stopped while it mapped the page' };

function failed(ending: Extract<Ending, { kind: 'outcome' }>, error: OutcomeError): Ending {
  return { ...ending, outcome: { ...ending.outcome, verdict: 'map-failed', ok: false, error } };
}

/** Headers by lower-case name. Values of a repeated header are joined (RFC 9110 section 5.2). */
function pageHeaders({ rawHeaders }: ResponseContent): Record<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = String(rawHeaders[index]).toLowerCase();
    const value = rawHeaders[index + 1]?.toString('latin1') ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  // `fromEntries` makes a name such as __proto__ an ordinary property.
  return Object.fromEntries(headers);
}
