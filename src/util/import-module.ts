/**
 * Imports a module of the user, which may be of any kind. A module of its own, because it is not part of the command's bundle: code that V8 reads from a cache cannot `import()`
 * (docs/decisions/0032).
 *
 * @param url `file:` URL of the module
 */
export async function importModule(url: string): Promise<Record<string, unknown>> {
  return await import(url);
}
