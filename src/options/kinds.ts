import type { ZodType, z } from 'zod';
import { methodProblem } from '../model/http-method.ts';
import { accept, type Parsed } from '../model/parsed.ts';
import { type Header, headerProblem } from '../model/request-header.ts';
import type { StatusRange } from '../model/run-options.ts';
import { statusRangeProblem, statusRanges } from '../model/status-ranges.ts';
import { linkDepth, regexText, stripParamNames, UNLIMITED_DEPTH } from './parse-follow.ts';
import {
  credentialsProblem,
  durationMs,
  headerLine,
  integer,
  MAX_DURATION_MS,
  oneOf,
  originCredentials,
  originProblem,
  requestMethod,
  sizeBytes,
  text,
  userAgent,
} from './parse-values.ts';

/** zod is passed in, so that a command that reads no JSON does not load it. */
type Zod = typeof z;

/** Makes the schema of a value. The type is named and exported, because the declaration files of the option tables need it. */
export type SchemaOf = (zod: Zod) => ZodType;

/** The values that an option can have, as text on the command line and as JSON in the data of a run. For a repeatable option, both describe a single value. */
export interface Kind<T = unknown> {
  parse(text: string): Parsed<T>;
  json: SchemaOf;
}

/** An option without a value: it is either given or not. */
export const SWITCH: Kind<boolean> & { isSwitch: true } = { isSwitch: true, parse: () => accept(true), json: (zod: Zod) => zod.boolean() };

export const TEXT: Kind<string> = { parse: text, json: (zod: Zod) => zod.string().min(1) };

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> {
  return { parse: integer(min, max), json: (zod: Zod) => zod.int().min(min).max(max) };
}

/** In milliseconds. */
export function duration(minMs: number): Kind<number> {
  return { parse: durationMs(minMs), json: (zod: Zod) => zod.int().min(minMs).max(MAX_DURATION_MS) };
}

/** In bytes. */
export function size(minBytes: number): Kind<number> {
  return { parse: sizeBytes(minBytes), json: (zod: Zod) => zod.int().min(minBytes) };
}

export function word<const T extends string>(...words: readonly T[]): Kind<T> {
  return { parse: oneOf(...words), json: (zod: Zod) => zod.enum(words) };
}

export const METHOD: Kind<string> = {
  parse: requestMethod,
  json: (zod: Zod) => zod.string().refine((value) => methodProblem(value) === undefined, 'is not a request method in upper case'),
};

export const HEADER: Kind<Header> = {
  parse: headerLine,
  json: (zod: Zod) => zod.tuple([zod.string(), zod.string()]).superRefine(complain(([name, value]) => headerProblem(name, value))),
};

export const USER_AGENT: Kind<string> = {
  parse: userAgent,
  json: (zod: Zod) => zod.string().refine((value) => userAgent(value).ok, 'is empty or contains characters that headers cannot contain'),
};

export const STATUS_RANGES: Kind<readonly StatusRange[]> = {
  parse: statusRanges,
  json: (zod: Zod) => zod.array(zod.tuple([zod.int(), zod.int()]).superRefine(complain(statusRangeProblem))).min(1),
};

/** Credentials with the origin that gets them. */
export const CREDENTIALS: Kind<readonly [origin: string, credentials: string]> = {
  parse: originCredentials,
  json: (zod: Zod) =>
    zod.tuple([
      zod.string().refine((origin) => originProblem(origin) === undefined && new URL(origin).origin === origin, 'is not an origin'),
      zod.string().refine((login) => credentialsProblem(login) === undefined, 'is neither user:password nor env:NAME'),
    ]),
};

export const DEPTH: Kind<number> = { parse: linkDepth, json: (zod: Zod) => zod.int().min(0).max(UNLIMITED_DEPTH) };

export const REGEX: Kind<string> = {
  parse: regexText,
  json: (zod: Zod) => zod.string().superRefine(complain((source) => problemOf(regexText(source)))),
};

export const PARAM_NAMES: Kind<readonly string[]> = { parse: stripParamNames, json: (zod: Zod) => zod.array(zod.string().min(1)) };

function problemOf(parsed: Parsed<unknown>): string | undefined {
  return parsed.ok ? undefined : parsed.problem;
}

/** A zod check that reports the problem with our own message. */
function complain<T>(problemIn: (value: T) => string | undefined) {
  return (value: T, context: z.RefinementCtx) => {
    const message = problemIn(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  };
}
