import { z } from 'zod';
import { VERSION } from '../options/product.ts';
import { Done, Login, OriginList, Overview, Problem, ResultList, RowList, RunDetails, RunList, Submission, Submitted } from './schemas.ts';

/** One operation of the HTTP API. The router and the OpenAPI document are both made from the table below. */
export interface Operation {
  method: 'get' | 'post' | 'delete';
  /** Parameters are in braces. */
  path: string;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The answer of a successful request. */
  answer: { status: 200 | 201 | 204; type: string; schema?: z.ZodType };
}

const json = (schema: z.ZodType, status: 200 | 201 = 200): Operation['answer'] => ({ status, type: 'application/json', schema });

/** A whole number in a query string. */
const number = (least: number, most: number, standard: number) => z.coerce.number().int().min(least).max(most).default(standard);

const change = (name: string, summary: string): Operation => ({
  method: 'post',
  path: `/api/runs/{run}/${name}`,
  summary,
  answer: json(Done),
});

const report = (format: string, type: string): Operation => ({
  method: 'get',
  path: `/api/runs/{run}/report.${format}`,
  summary: `The report of the run, if its log is on this machine`,
  answer: { status: 200, type },
});

export const RowQuery = z.object({
  search: z.string().max(1_000).default('').describe('part of the URL, the result, the source or the reason'),
  class: z.enum(['ok', 'failed', 'skipped', 'all']).default('all'),
  limit: number(1, 500, 100),
});
const runSearch = z.string().max(100).default('').describe('part of the run id');
export const ListQuery = z.object({
  search: runSearch,
  state: z
    .enum(['all', 'active', 'open', 'running', 'paused', 'ended', 'cancelled'])
    .default('all')
    .describe('active: neither ended nor cancelled'),
  limit: number(1, 1_000, 100),
  offset: number(0, 1_000_000_000, 0),
});
export const ResultQuery = z.object({ search: runSearch, limit: number(1, 100, 25), offset: number(0, 1_000_000_000, 0) });

export const OPERATIONS = {
  overview: { method: 'get', path: '/api/overview', summary: 'A snapshot of everything', answer: json(Overview) },
  events: {
    method: 'get',
    path: '/api/events',
    summary: 'Server-sent events named overview, each with an Overview as its data, about one a second',
    answer: { status: 200, type: 'text/event-stream' },
  },
  listRuns: { method: 'get', path: '/api/runs', summary: 'Runs, newest first', query: ListQuery, answer: json(RunList) },
  submitRun: {
    method: 'post',
    path: '/api/runs',
    summary: 'Start a run: open it, submit its URLs, seal it',
    body: Submission,
    answer: json(Submitted, 201),
  },
  listResults: {
    method: 'get',
    path: '/api/results',
    summary: 'Runs with results on this machine, including those that Redis no longer knows; last changed first',
    query: ResultQuery,
    answer: json(ResultList),
  },
  listOrigins: {
    method: 'get',
    path: '/api/runs/{run}/origins',
    summary: 'Origins of the run that have waiting URLs',
    answer: json(OriginList),
  },
  getRun: { method: 'get', path: '/api/runs/{run}', summary: 'One run with its options', answer: json(RunDetails) },
  removeRun: {
    method: 'delete',
    path: '/api/runs/{run}',
    summary: 'Remove the run from Redis; results that were not collected are lost',
    answer: json(Done),
  },
  pauseRun: change('pause', 'Start no more requests for the run'),
  resumeRun: change('resume', 'Continue a paused run'),
  cancelRun: change('cancel', 'End the run: URLs that are not in flight get the verdict cancelled'),
  sealRun: change('seal', 'Declare that no more URLs will be submitted'),
  listRows: {
    method: 'get',
    path: '/api/runs/{run}/rows',
    summary: 'Matching rows of the run, if its log is on this machine',
    query: RowQuery,
    answer: json(RowList),
  },
  reportJson: report('json', 'application/json'),
  reportCsv: report('csv', 'text/csv'),
  reportHtml: report('html', 'text/html'),
  login: {
    method: 'post',
    path: '/api/login',
    summary: 'Exchange the token for a cookie, for browsers',
    body: Login,
    answer: { status: 204, type: '' },
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** The OpenAPI 3.1 document of the API. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, operation] of Object.entries(OPERATIONS) as Array<[string, Operation]>) {
    const { method, path } = operation;
    paths[path] = { ...paths[path], [method]: describe(operationId, operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Trawl',
      version: VERSION,
      description:
        'Requests that change something need the header "content-type: application/json", and are refused if they come from a page of another origin.',
    },
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'TRAWL_TOKEN, if the server has one' } } },
  };
}

function describe(operationId: string, { path, summary, query, body, answer }: Operation): object {
  const { status, type, schema } = answer;
  const inPath = path.includes('{run}') ? [{ name: 'run', in: 'path', required: true, schema: { type: 'string' } }] : [];
  return {
    operationId,
    summary,
    parameters: [...inPath, ...(query === undefined ? [] : queryParameters(query))],
    ...(body !== undefined && { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } } }),
    responses: {
      [status]: {
        description: summary,
        ...(type !== '' && { content: { [type]: schema === undefined ? {} : { schema: jsonSchema(schema) } } }),
      },
      default: { description: 'What went wrong', content: { 'application/json': { schema: jsonSchema(Problem) } } },
    },
  };
}

function queryParameters(query: z.ZodObject): object[] {
  const { properties = {} } = jsonSchema(query) as { properties?: Record<string, { description?: string }> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(description !== undefined && { description }),
    schema,
  }));
}

function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
  return rest;
}
