/** Maximum size of one page's values as JSON, in bytes: outcomes pass through memory and Redis. */
export const MAX_VALUES_BYTES = 1_000_000;

/** A map returned a value that is not JSON, or too much. */
export class MapValueError extends Error {}

/**
 * Returns the values that a map returned, as a JSON array: the elements of an array, or else the single value.
 * `undefined` and `null` are dropped; returns undefined if nothing is left. Throws MapValueError if a value cannot be
 * expressed in JSON, or if the JSON is larger than 1 MB.
 */
export function valuesJson(returned: unknown): string | undefined {
  const values = (Array.isArray(returned) ? returned : [returned]).filter((value) => value !== undefined && value !== null);
  if (values.length === 0) return undefined;
  for (const value of values) {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new MapValueError(`the map returned a ${typeof value}, which is not JSON`);
    if (value instanceof Promise) throw new MapValueError('the map returned a promise among its values: return Promise.all(values)');
  }
  const json = stringified(values);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_VALUES_BYTES) throw new MapValueError(`the map returned ${bytes} bytes of JSON: the maximum is ${MAX_VALUES_BYTES}`);
  return json;
}

function stringified(values: readonly unknown[]): string {
  try {
    return JSON.stringify(values);
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new MapValueError(`the map returned a value that is not valid JSON: ${reason}`);
  }
}
