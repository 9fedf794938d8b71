/** The values of a header, of which there may be several, in raw headers (name, value, name, value …). `name` is in lower case. */
export function headerValues(rawHeaders: readonly Buffer[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as Buffer;
    if (raw.length === name.length && raw.toString('latin1').toLowerCase() === name)
      values.push((rawHeaders[index + 1] as Buffer).toString('latin1'));
  }
  return values;
}
