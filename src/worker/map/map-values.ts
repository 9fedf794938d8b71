/** The most that the values of one page may take as JSON, in bytes: outcomes pass through memory and Redis. */
export const MOST_VALUES_BYTES = 1_000_000;

/** What a map returned cannot be kept. */
export class MapValueError extends Error {}

/**
 * The values that a map returned, as a JSON array: of an array its elements, of anything else itself. `undefined` and `null` are no values; undefined if there is none.
 * Throws MapValueError if they cannot be told in JSON, or take more than 1 MB.
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
  if (bytes > MOST_VALUES_BYTES) throw new MapValueError(`the map returned ${bytes} bytes of JSON: the maximum is ${MOST_VALUES_BYTES}`);
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
