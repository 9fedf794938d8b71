/** One line of the JSON log as `10:15:00Z warn  message key=value`; with `stacks`, an error's stack follows. */
export function logLineText(json: string, stacks: boolean): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as { level: string; time: string; msg?: string };
  const words = [`${time.slice(11, 19)}Z`, level.padEnd(5), msg ?? ''];
  const traces: string[] = [];
  for (const [key, value] of Object.entries<unknown>(fields)) {
    const error = asError(value);
    words.push(error === undefined ? `${key}=${plain(value)}` : `error=${plain(error.message)}`);
    if (stacks && error?.stack !== undefined) traces.push(`${error.stack.split('\n').map(visible).join('\n')}\n`);
  }
  return `${visible(words.join(' '))}\n${traces.join('')}`;
}

function asError(value: unknown): { message: string; stack?: string } | undefined {
  const isError = typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
  return isError ? (value as { message: string; stack?: string }) : undefined;
}

/** Texts of one word stand as they are, all else as JSON. */
function plain(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

/** Messages can carry what a server sent: control characters must not reach the terminal. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
