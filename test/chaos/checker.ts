/**
 * Says what is wrong with a run, from three records that were made apart from each other: what was put in, what the target saw, what the log holds. It knows nothing
 * of how Trawl works, and shares no code with it.
 */
export interface Records {
  /** The URLs of the list, without duplicates. */
  inputs: readonly string[];
  /** Path → numbers of its requests, as the target gave them. */
  hits: ReadonlyMap<string, readonly number[]>;
  /** `outcomes.ndjson`. */
  log: string;
  /** `run.json`. */
  run: string;
  /** URLs that kill whoever fetches them. */
  poisonous?: readonly string[];
  /** The most requests that there may be; without it any number. */
  mostHits?: number;
}

export interface Findings {
  rows: number;
  requests: number;
  /** Inputs without a row. */
  lost: number;
  /** Rows that are one too many. */
  repeated: number;
  /** Rows that match no request, or are not what they should be. */
  mismatched: number;
  /** In words; empty if all is well. */
  problems: string[];
}

interface Row {
  url: string;
  verdict: string;
  contentType?: string;
}

export function check({ inputs, hits, log, run, poisonous = [], mostHits }: Records): Findings {
  const findings: Findings = { rows: 0, requests: 0, lost: 0, repeated: 0, mismatched: 0, problems: [] };
  const poison = new Set(poisonous);
  const expected = new Set(inputs);
  const seen = new Set<string>();
  const mismatch = (problem: string) => {
    findings.mismatched++;
    if (findings.mismatched <= 5) findings.problems.push(problem);
  };

  if (log !== '' && !log.endsWith('\n')) mismatch('the log ends in the middle of a line');
  for (const line of log.split('\n').filter((text) => text !== '')) {
    findings.rows++;
    const row = parse(line);
    if (row === undefined) {
      mismatch(`not a row: ${line.slice(0, 100)}`);
      continue;
    }
    if (!expected.has(row.url)) mismatch(`a row for ${row.url}, which nobody asked for`);
    if (seen.has(row.url)) findings.repeated++;
    seen.add(row.url);
    const wanted = poison.has(row.url) ? 'crashed' : 'ok';
    if (row.verdict !== wanted) mismatch(`${row.url} is ${row.verdict}, and should be ${wanted}`);
    else if (wanted === 'ok' && !matchesHit(row, hits)) mismatch(`the row of ${row.url} matches no request: ${row.contentType}`);
  }
  for (const url of expected) if (!seen.has(url)) findings.lost++;
  for (const numbers of hits.values()) findings.requests += numbers.length;

  if (findings.lost > 0) findings.problems.push(`${findings.lost} inputs have no row`);
  if (findings.repeated > 0) findings.problems.push(`${findings.repeated} rows are there twice`);
  if (mostHits !== undefined && findings.requests > mostHits)
    findings.problems.push(`${findings.requests} requests, at most ${mostHits} are explained`);
  const summary = JSON.parse(run);
  const { submitted, duplicates } = summary.books ?? {};
  if (submitted !== inputs.length || duplicates !== 0) {
    findings.problems.push(`run.json counts ${submitted} lines and ${duplicates} duplicates of ${inputs.length} lines without any`);
  }
  if (summary.state !== 'ended' || summary.books?.balanced !== true) {
    findings.problems.push(`run.json says ${summary.state}, balanced ${summary.books?.balanced}: ${JSON.stringify(summary.books)}`);
  }
  return findings;
}

function parse(line: string): Row | undefined {
  try {
    return JSON.parse(line) as Row;
  } catch {
    return undefined;
  }
}

function matchesHit({ url, contentType = '' }: Row, hits: Records['hits']): boolean {
  const nonce = Number(/nonce=(\d+)$/.exec(contentType)?.[1]);
  return hits.get(new URL(url).pathname)?.includes(nonce) ?? false;
}
