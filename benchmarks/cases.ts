import type { Target } from './target-server.ts';

/** A list that all contenders fetch. */
export interface Case {
  name: string;
  title: string;
  /** The default number of URLs, or of pages of a site. */
  count: number;
  /** The number for `--smoke`, which skips cases without it. */
  smokeCount?: number;
  concurrency: number;
  isSite?: boolean;
  /** The URLs have host names, which the target's DNS resolves. */
  hasNames?: boolean;
  /** The chart shows this case. */
  isCharted?: boolean;
  url: (index: number, target: Target) => string;
  /** How many of the URLs the server must see, if not all. */
  reachable?: (count: number) => number;
}

const named = (letter: string, index: number, { http }: Target) => `http://${letter}${index}.bench.test:${http}/`;

export const CASES: readonly Case[] = [
  {
    name: 'deep',
    title: 'One server',
    count: 100_000,
    smokeCount: 200,
    concurrency: 10,
    isCharted: true,
    url: (index, { http }) => `http://127.0.0.1:${http}/page/${index}`,
  },
  {
    name: 'wide',
    title: 'One server for each URL',
    count: 10_000,
    concurrency: 10,
    isCharted: true,
    url: (index, { http }) => `http://${ownAddress(index)}:${http}/`,
  },
  {
    name: 'dns',
    title: 'One host name for each URL, DNS takes 50 ms',
    count: 2_000,
    smokeCount: 50,
    concurrency: 50,
    hasNames: true,
    isCharted: true,
    url: (index, target) => named('n', index, target),
  },
  {
    name: 'dns-500',
    title: 'The same, 500 at a time',
    count: 5_000,
    concurrency: 500,
    hasNames: true,
    url: (index, target) => named('n', index, target),
  },
  {
    name: 'dns-half',
    title: 'Half of the names do not exist',
    count: 2_000,
    concurrency: 50,
    hasNames: true,
    url: (index, target) => named(index % 2 === 0 ? 'n' : 'f', index, target),
    reachable: (count) => Math.ceil(count / 2),
  },
  {
    name: 'tls-new',
    title: 'A new TLS connection for each URL',
    count: 5_000,
    smokeCount: 50,
    concurrency: 10,
    isCharted: true,
    url: (index, { https }) => `https://${ownAddress(index)}:${https}/`,
  },
  {
    name: 'tls-kept',
    title: 'One server, TLS',
    count: 50_000,
    concurrency: 10,
    isCharted: true,
    url: (index, { https }) => `https://127.0.0.1:${https}/page/${index}`,
  },
  {
    name: 'site',
    title: 'A site: follow all links',
    count: 5_000,
    smokeCount: 30,
    concurrency: 10,
    isSite: true,
    isCharted: true,
    url: (_, { http }) => `http://127.0.0.1:${http}/site/`,
  },
  {
    name: 'startup',
    title: 'One URL: start to end',
    count: 1,
    concurrency: 10,
    url: (_, { http }) => `http://127.0.0.1:${http}/`,
  },
];

function ownAddress(index: number): string {
  return `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}
