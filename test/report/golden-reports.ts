import type { TestContext } from 'node:test';
import { REPORT_FORMATS, type ReportFormat } from '../../src/model/report-formats.ts';
import { CRAWL, comparedCrawl, EXERCISE, HOSTILE, LINKED, rendered, renderedCrawl } from './sample-log.ts';

interface GoldenReport {
  /** The golden file is `golden/NAME.golden`. */
  name: string;
  render(t: Pick<TestContext, 'after'>): Promise<string>;
}

/** Formats whose reports are compared with golden files. The HTML page is tested in a browser (html.test.ts), and the result of a module in reduce-log.test.ts. */
const FORMATS = REPORT_FORMATS.filter((format) => format !== 'html' && format !== 'result');

/** The table of `exercise` is the one in README. */
const SAMPLES = { exercise: EXERCISE, hostile: HOSTILE, linked: LINKED };

export const GOLDEN_REPORTS: readonly GoldenReport[] = FORMATS.flatMap((format) => reportsOf(format));

function reportsOf(format: ReportFormat): GoldenReport[] {
  return [
    ...Object.entries(SAMPLES).map(([name, rows]) => ({
      name: `${name}.${format}`,
      render: (t: Pick<TestContext, 'after'>) => rendered(t, format, rows),
    })),
    { name: `crawl.${format}`, render: (t) => renderedCrawl(t, format) },
    { name: `baseline.${format}`, render: async (t) => rendered(t, format, CRAWL, await comparedCrawl(t)) },
  ];
}
