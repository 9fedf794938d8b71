/**
 * The code of a mapping thread: JavaScript in the package. In a clone it is TypeScript, which needs tsx in the thread too: on Node 20 what the main thread registered does not
 * reach there (privatenumber/tsx#354).
 */
export function threadEntry(): URL {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const thread = new URL(`map-thread${ending}`, import.meta.url);
  if (ending !== '.ts') return thread;
  const tsx = import.meta.resolve('tsx/esm/api');
  return new URL(`data:text/javascript,${encodeURIComponent(`(await import('${tsx}')).register(); await import('${thread}')`)}`);
}
