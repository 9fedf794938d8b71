/**
 * Reports what is wrong with a run, from three independent records: the input, what the target saw, and the log. It knows nothing
 * about how Trawl works, and shares no code with it.
 */
export interface Records {
  /** The URLs of the list, without duplicates. */
  inputs: readonly string[];
  /** Path → the number of its request, or the numbers of its requests, as assigned by the target. */
  hits: ReadonlyMap<string, number | readonly number[]>;
  /** `outcomes.ndjson`, in pieces. */
  log: Iterable<string> | AsyncIterable<string>;
  /** `run.json`. */
  run: string;
  /** URLs that kill the worker that fetches them. */
  poisonous?: readonly string[];
  /** The maximum number of requests; unlimited if absent. */
  mostHits?: number;
}

export interface Findings {
  rows: number;
  requests: number;
  /** Inputs without a row. */
  lost: number;
  /** Surplus rows. */
  repeated: number;
  /** Rows that match no request, or have the wrong content. */
  mismatched: number;
  /** In words; empty if there are none. */
  problems: string[];
}

interface Row {
  url: string;
  verdict: string;
  contentType?: string;
}

export async function check({ inputs, hits, log, run, poisonous = [], mostHits }: Records): Promise<Findings> {
  const findings: Findings = { rows: 0, requests: 0, lost: 0, repeated: 0, mismatched: 0, problems: [] };
  const poison = new Set(poisonous);
  /** Input → whether it has a row. */
  const hasRow = new Map(inputs.map((url) => [url, false]));
  const mismatch = (problem: string) => {
    findings.mismatched++;
    if (findings.mismatched <= 5) findings.problems.push(problem);
  };

  for await (const line of linesOf(log, () => mismatch('the log ends in the middle of a line'))) {
    findings.rows++;
    const row = parse(line);
    if (row === undefined) {
      mismatch(`not a row: ${line.slice(0, 100)}`);
      continue;
    }
    const seen = hasRow.get(row.url);
    if (seen === undefined) mismatch(`a row for ${row.url}, which nobody asked for`);
    else if (seen) findings.repeated++;
    else hasRow.set(row.url, true);
    const wanted = poison.has(row.url) ? 'crashed' : 'ok';
    if (row.verdict !== wanted) mismatch(`${row.url} is ${row.verdict}, and should be ${wanted}`);
    else if (wanted === 'ok' && !matchesHit(row, hits)) mismatch(`the row of ${row.url} matches no request: ${row.contentType}`);
  }
  for (const seen of hasRow.values()) if (!seen) findings.lost++;
  for (const numbers of hits.values()) findings.requests += typeof numbers === 'number' ? 1 : numbers.length;

  if (findings.lost > 0) findings.problems.push(`${findings.lost} inputs have no row`);
  if (findings.repeated > 0) findings.problems.push(`${findings.repeated} rows are there twice`);
  if (mostHits !== undefined && findings.requests > mostHits)
    findings.problems.push(`${findings.requests} requests, at most ${mostHits} are explained`);
  findings.problems.push(...problemsOf(run, inputs.length));
  return findings;
}

/** The inconsistencies of the counts in `run.json`. */
function problemsOf(run: string, inputs: number): string[] {
  const problems: string[] = [];
  const summary = JSON.parse(run);
  const { submitted, duplicates } = summary.books ?? {};
  if (submitted !== inputs || duplicates !== 0)
    problems.push(`run.json counts ${submitted} lines and ${duplicates} duplicates of ${inputs} lines without any`);
  if (summary.state !== 'ended' || summary.books?.balanced !== true)
    problems.push(`run.json says ${summary.state}, balanced ${summary.books?.balanced}: ${JSON.stringify(summary.books)}`);
  return problems;
}

/** Yields the whole lines of the text, and reports a torn line at its end. */
async function* linesOf(pieces: Records['log'], onTorn: () => void): AsyncIterable<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() as string;
    yield* lines.filter((line) => line !== '');
  }
  if (rest === '') return;
  onTorn();
  yield rest;
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
  const numbers = hits.get(new URL(url).pathname);
  return typeof numbers === 'number' ? numbers === nonce : (numbers?.includes(nonce) ?? false);
}
