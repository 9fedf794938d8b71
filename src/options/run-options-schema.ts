import { z } from 'zod';
import { UsageError } from '../model/errors.ts';
import { obeysRobots } from '../model/link-options.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Kind } from './kinds.ts';
import { defaultRunOptions } from './load-config.ts';
import type { OptionSpec } from './option-spec.ts';
import { allOptions } from './option-table.ts';

/** Fields that are not set by a single option. */
const OTHER_FIELDS: Readonly<Record<string, z.ZodType>> = {
  robots: z.boolean().optional(),
  keepSkipped: z.boolean().default(false),
  independent: z.boolean().optional(),
  schedule: z.strictObject({ name: z.string(), previous: z.string().exactOptional() }).optional(),
  traceparent: z
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
};

function schemaOfRunOptions() {
  const defaults: Partial<Record<string, unknown>> = structuredClone(defaultRunOptions());
  const fields = allOptions()
    .filter((option): option is [(typeof option)[0], OptionSpec & Kind] => option[1].scope === 'run' && !option[1].combined)
    .map(([key, spec]) => {
      const type = spec.repeatable ? z.array(spec.json(z)) : spec.json(z);
      return [key, defaults[key] === undefined ? type.optional() : type.default(defaults[key])] as const;
    });
  // The schema is strict, because otherwise an option that this version does not know would be ignored silently.
  return z.strictObject({ ...Object.fromEntries(fields), ...OTHER_FIELDS });
}

const schema = schemaOfRunOptions();

/**
 * Validates run options from outside this process, such as job data that a program in another language wrote, and adds the defaults.
 * `undefined` gives the defaults. Throws one UsageError that lists every problem.
 */
export function parseRunOptions(json: unknown): RunOptions {
  const result = schema.safeParse(json ?? {});
  if (result.success) {
    const given = Object.fromEntries(Object.entries(result.data).filter(([, value]) => value !== undefined));
    // The schema has a field of the right type for each option.
    const options = given as unknown as RunOptions;
    return { ...options, robots: obeysRobots(options.depth, given.robots as boolean | undefined) };
  }
  const problems = result.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw new UsageError(`the options of the run are not valid: ${problems.join('; ')}`);
}
