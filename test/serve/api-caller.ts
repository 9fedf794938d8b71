import assert from 'node:assert/strict';
import type { z } from 'zod';
import { OPERATIONS, type Operation, type OperationName } from '../../src/serve/operations.ts';
import { Problem } from '../../src/serve/schemas.ts';
import type { Answer, TestServer } from './test-server.ts';

/** Calls an operation and holds its answer to the schema that the OpenAPI document is made of. */
export function caller({ send }: TestServer) {
  return async (name: OperationName, path: Record<string, string> = {}, body?: unknown): Promise<Answer> => {
    const { method, path: template, answer }: Operation = OPERATIONS[name];
    const target = template.replace('{run}', path.run ?? '').replace('{name}', path.name ?? '') + (path.query ?? '');
    const given = await send(method.toUpperCase(), target, { body });
    const schema: z.ZodType = given.status < 400 ? (answer.schema as z.ZodType) : Problem;
    const checked = schema.safeParse(given.json());
    assert.ok(checked.success, `${name}: ${JSON.stringify(checked.error?.issues)} in ${given.text}`);
    if (given.status < 400) assert.equal(given.status, answer.status);
    return given;
  };
}
