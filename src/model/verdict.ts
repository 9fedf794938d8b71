/** Every verdict with its class. Each URL ends with exactly one verdict. */
export const VERDICT_CLASS = {
  ok: 'ok',
  broken: 'failed',
  blocked: 'failed',
  'rate-limited': 'failed',
  timeout: 'failed',
  dns: 'failed',
  refused: 'failed',
  reset: 'failed',
  tls: 'failed',
  protocol: 'failed',
  'too-many-redirects': 'failed',
  'invalid-url': 'failed',
  crashed: 'failed',
  'map-failed': 'failed',
  robots: 'skipped',
  'private-address': 'skipped',
  'out-of-scope': 'skipped',
  cancelled: 'skipped',
} as const satisfies Record<string, 'ok' | 'failed' | 'skipped'>;

export type Verdict = keyof typeof VERDICT_CLASS;
export type VerdictClass = (typeof VERDICT_CLASS)[Verdict];

/** The class in which a verdict is counted. */
export function verdictClass(verdict: Verdict): VerdictClass {
  return VERDICT_CLASS[verdict];
}
