const CHUNK_LINES = 500;

/** Groups lines as `Source.lines` yields them. The last chunk may be short or empty. */
export async function* inChunks(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string[], void, undefined> {
  let chunk: string[] = [];
  for await (const line of lines) {
    chunk.push(line);
    if (chunk.length < CHUNK_LINES) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
}
