import type { Command } from '../config/option-table.ts';

/** What help says about a command beside its options. */
export interface CommandText {
  /** The words after the command. Empty if it takes none. */
  words: '' | '[SOURCE...]' | '[RUN...]' | '[RUN]' | '<RUN|FILE>';
  summary: string;
  description: string;
  examples: readonly string[];
}

const SOURCE =
  'SOURCE is a file with one URL a line (blank lines and # comments are ignored), - for stdin, or a URL with its scheme. A line without a scheme is taken as http:// if it begins with a host name, localhost or an IP address.';

export const COMMAND_TEXTS: Readonly<Record<Command, CommandText>> = {
  crawl: {
    words: '[SOURCE...]',
    summary: 'the whole thing in one process: trawl urls.txt is short for trawl crawl urls.txt',
    description: `Fetches every URL of the sources and reports one row for each. With --redis, every worker that is up takes part.\n\n${SOURCE}`,
    examples: ['trawl urls.txt', 'cat urls.txt | trawl -', 'trawl -c 50 --timeout 5s -f json -o report.json -f table urls.txt'],
  },
  enqueue: {
    words: '[SOURCE...]',
    summary: 'producer: hand the URLs to the workers, print the run id',
    description: `Opens a run on Redis, submits every line of the sources, seals the run, and prints its id alone on stdout.\n\n${SOURCE}`,
    examples: ['trawl enqueue urls.txt', 'RUN=$(trawl enqueue --host-concurrency 20 urls.txt)'],
  },
  worker: {
    words: '',
    summary: 'worker process, until stopped',
    description:
      'Fetches for every run on this Redis, until SIGINT or SIGTERM; then finishes what is in flight. A second signal forces the end.',
    examples: ['trawl worker -c 50'],
  },
  collect: {
    words: '[RUN...]',
    summary: 'collector: write the outcomes of the runs named, or of every unclaimed run until stopped',
    description: 'Writes one outcome for each URL into a folder for each run. With RUN it ends when those runs do.',
    examples: ['trawl collect', 'trawl collect "$RUN" && trawl report "$RUN"'],
  },
  report: {
    words: '<RUN|FILE>',
    summary: "render a report from a run's log, without fetching again",
    description: 'Takes the id of a run in the data folder, the folder of a run, or a file of outcomes (NDJSON).',
    examples: ['trawl report 20261123-101500-k7f3q2', 'trawl report -f csv -o report.csv .trawl/runs/20261123-101500-k7f3q2'],
  },
  status: {
    words: '[RUN]',
    summary: 'where the runs on this Redis stand',
    description: 'One line for each run, or for the one named.',
    examples: ['trawl status', 'trawl status -f json "$RUN"'],
  },
};
