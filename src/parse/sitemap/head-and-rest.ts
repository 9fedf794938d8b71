/**
 * Peeks into a stream. `head` has at least `atLeast` bytes, or fewer if the stream is shorter. `all` is the whole
 * stream including the head, and can be read once. If the stream fails while the head is read, `all` throws the error
 * after the bytes that came before it.
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
