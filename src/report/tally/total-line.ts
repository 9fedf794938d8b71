/** `Total: 3 URLs, 3 success, 0 failed`, with `, N skipped` where there are any. Takes a run's books as well as figures. */
export function totalLine(counts: { rows: number; ok: number; failed: number; skipped: number }): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  return `Total: ${counts.rows} URLs, ${counts.ok} success, ${counts.failed} failed${skipped}`;
}
