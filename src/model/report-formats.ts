/** The formats of a report. */
export const REPORT_FORMATS = ['table', 'json', 'ndjson', 'csv', 'html', 'markdown', 'junit', 'github', 'result'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
