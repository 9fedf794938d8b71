import { z } from 'zod';
import { UsageError } from '../model/errors.ts';
import { methodProblem } from '../model/http-method.ts';
import { LIST_ONLY, obeysRobots, SCOPE_KINDS } from '../model/link-options.ts';
import { headerProblem } from '../model/request-header.ts';
import type { RunOptions } from '../model/run-options.ts';
import { statusRangeProblem } from '../model/status-ranges.ts';
import { defaultRunOptions } from './load-config.ts';
import { regexText, UNLIMITED_DEPTH } from './parse-follow.ts';
import { credentialsProblem, MAX_DURATION_MS, originProblem, userAgent } from './parse-values.ts';

const defaults = structuredClone(defaultRunOptions());
const durationMs = (minMs: number) => z.int().min(minMs).max(MAX_DURATION_MS);

const header = z.tuple([z.string(), z.string()]).superRefine(([name, value], context) => {
  const problem = headerProblem(name, value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const statusRange = z.tuple([z.int(), z.int()]).superRefine((range, context) => {
  const problem = statusRangeProblem(range);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const isOrigin = (origin: string) => originProblem(origin) === undefined && new URL(origin).origin === origin;
const areCredentials = (credentials: string) => credentialsProblem(credentials) === undefined;

const regex = z.string().superRefine((source, context) => {
  const parsed = regexText(source);
  if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.problem });
});

// Strict: an option that this version does not know would otherwise be lost in silence.
const schema = z.strictObject({
  hostConcurrency: z.int().min(1).default(defaults.hostConcurrency),
  hostIntervalMs: durationMs(0).default(defaults.hostIntervalMs),
  timeoutMs: durationMs(1).default(defaults.timeoutMs),
  connectTimeoutMs: durationMs(1).default(defaults.connectTimeoutMs),
  retries: z.int().min(0).max(100).default(defaults.retries),
  maxRedirects: z.int().min(0).max(100).default(defaults.maxRedirects),
  maxBodyBytes: z.int().min(1).default(defaults.maxBodyBytes),
  method: z
    .string()
    .refine((value) => methodProblem(value) === undefined, 'is not a request method in upper case')
    .default(defaults.method),
  headers: z.array(header).default([]),
  userAgent: z
    .string()
    .refine((value) => userAgent(value).ok, 'is empty or contains characters that headers cannot contain')
    .default(defaults.userAgent),
  accept: z
    .array(statusRange)
    .min(1)
    .default(defaults.accept.map(([from, to]) => [from, to])),
  insecure: z.boolean().default(false),
  auth: z
    .array(
      z.tuple([
        z.string().refine(isOrigin, 'is not an origin'),
        z.string().refine(areCredentials, 'is neither user:password nor env:NAME'),
      ]),
    )
    .default([]),
  privateAddresses: z.enum(['seeds', 'linked', 'allow', 'deny']).default(defaults.privateAddresses),
  map: z.string().min(1).optional(),
  mapTimeoutMs: durationMs(1).default(defaults.mapTimeoutMs),
  scheme: z.enum(['auto', 'https', 'http']).exactOptional(),
  independent: z.boolean().exactOptional(),
  schedule: z.strictObject({ name: z.string(), previous: z.string().exactOptional() }).exactOptional(),
  depth: z.int().min(0).max(UNLIMITED_DEPTH).default(LIST_ONLY.depth),
  links: z.enum(['pages', 'all']).default(LIST_ONLY.links),
  scope: z.enum(SCOPE_KINDS).default(LIST_ONLY.scope),
  include: z.array(regex).default([]),
  exclude: z.array(regex).default([]),
  stripParams: z.array(z.string().min(1)).default([]),
  checkExternal: z.boolean().default(false),
  checkNofollow: z.boolean().default(false),
  maxUrls: z.int().min(1).exactOptional(),
  maxUrlsPerHost: z.int().min(1).default(LIST_ONLY.maxUrlsPerHost),
  maxPathSegments: z.int().min(1).default(LIST_ONLY.maxPathSegments),
  robots: z.boolean().exactOptional(),
  fragments: z.boolean().default(false),
  excludeFragments: z.array(regex).default([]),
  keepSkipped: z.boolean().default(false),
});

/**
 * Run options from outside this process, such as job data that a program in another language wrote: checked, and the defaults filled in.
 * Nothing at all means the defaults. Throws one UsageError that lists every problem.
 */
export function parseRunOptions(json: unknown): RunOptions {
  const result = schema.safeParse(json ?? {});
  if (result.success) {
    const { map, ...rest } = result.data;
    const options = { ...rest, robots: obeysRobots(rest.depth, rest.robots) };
    return map === undefined ? options : { ...options, map };
  }
  const problems = result.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw new UsageError(`the options of the run are not valid: ${problems.join('; ')}`);
}
