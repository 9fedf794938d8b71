/**
 * The first bytes of a stream, at least so many if it has them, and all of it, the head included, to be read once. What breaks the stream off meanwhile is thrown by the reading, behind
 * what came before it.
 */
export async function headAndRest(
  bytes: AsyncIterable<Uint8Array>,
  atLeast: number,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array, void, undefined> }> {
  const rest = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let failure: { error: unknown } | undefined;
  try {
    while (length < atLeast) {
      const { value, done } = await rest.next();
      if (done === true) break;
      chunks.push(value);
      length += value.length;
    }
  } catch (error) {
    failure = { error };
  }
  const head = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
  return { head, all: joined(head, rest, failure) };
}

async function* joined(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  failure: { error: unknown } | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (head.length > 0) yield head;
    if (failure !== undefined) throw failure.error;
    for (;;) {
      const { value, done } = await rest.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    await rest.return?.();
  }
}
