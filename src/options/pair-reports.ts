import { REPORT_FORMATS, type ReportFormat } from '../model/report-formats.ts';

/** A report that will be made. */
export interface ReportTarget {
  format: ReportFormat;
  /** The path of its file; absent for stdout. */
  output?: string;
}

/** A `-f` or `-o` from the command line. */
export type PairFlag = { kind: 'format'; format: ReportFormat } | { kind: 'output'; output: string };

/**
 * Pairs `-f` and `-o` in the order in which they are written: each `-f` belongs to the `-o` next to it, on either side. An `-f` alone writes to stdout. An `-o` alone takes
 * its format from the ending of the file, or writes a table. Without these flags, there is one table on stdout.
 */
export function pairReports(flags: readonly PairFlag[]): ReportTarget[] {
  const pairs: { format?: ReportFormat; output?: string }[] = [];
  let open: { format?: ReportFormat; output?: string } = {};
  for (const flag of flags) {
    if (open[flag.kind] !== undefined) {
      pairs.push(open);
      open = {};
    }
    if (flag.kind === 'format') open.format = flag.format;
    else open.output = flag.output;
  }
  pairs.push(open);
  return pairs.map(({ format, output }) => {
    const target: ReportTarget = { format: format ?? formatOfFile(output) };
    return output === undefined || output === '-' ? target : { ...target, output };
  });
}

/** Problems with the targets together: two reports must not be written to the same place. */
export function targetProblems(targets: readonly ReportTarget[]): string[] {
  const places = targets.map((target) => target.output ?? 'stdout');
  const repeated = new Set(places.filter((place, index) => places.indexOf(place) < index));
  return [...repeated].map((place) => `two reports go to ${place}: give each its own -o FILE, as in -f json -o r.json -f table`);
}

/** File endings that differ from the name of their format. */
const ENDINGS: Readonly<Record<string, ReportFormat>> = { htm: 'html', md: 'markdown', xml: 'junit', jsonl: 'ndjson' };

function formatOfFile(output: string | undefined): ReportFormat {
  const ending = output?.slice(output.lastIndexOf('.') + 1).toLowerCase();
  return ENDINGS[ending ?? ''] ?? REPORT_FORMATS.find((format) => format === ending) ?? 'table';
}
