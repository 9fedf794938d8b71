import { fileURLToPath } from 'node:url';
import { splitRemap } from '../../model/url/remap.ts';
import { documentUrl, type LinkTarget, linkTarget } from './link-target.ts';

/** The rules of `--remap`: http and https links of documents that match are checked at another URL or path. */
export class Remaps {
  readonly #rules: ReadonlyArray<{ pattern: RegExp; replacement: string }>;
  readonly #workingDir: string;

  /** @param workingDir absolute path that local results are relative to */
  constructor(remaps: readonly string[], workingDir: string) {
    this.#rules = remaps.flatMap((text) => {
      const remap = splitRemap(text);
      return remap === undefined ? [] : [{ pattern: new RegExp(remap.pattern), replacement: remap.replacement }];
    });
    this.#workingDir = workingDir;
  }

  /** Applies the first rule that matches; undefined if none matches. */
  apply({ url, fragment }: Extract<LinkTarget, { kind: 'web' }>): LinkTarget | undefined {
    if (this.#rules.length === 0) return undefined;
    const written = fragment === '' ? url : `${url}#${fragment}`;
    const rule = this.#rules.find(({ pattern }) => pattern.test(written));
    if (rule === undefined) return undefined;
    const replaced = written.replace(rule.pattern, rule.replacement);
    // Resolve relative to the working directory; `/` is the root of the disk.
    const base = documentUrl(`${this.#workingDir}/-`);
    const target = linkTarget(/^file:/i.test(replaced) ? pathOf(replaced) : replaced, base, '/');
    if (target.kind !== 'local') return target;
    const { rootDir: _, ...local } = target;
    return local;
  }
}

/** The path and fragment of a file URL, percent-encoded as in a link. */
function pathOf(fileUrl: string): string {
  const hash = URL.canParse(fileUrl) ? new URL(fileUrl).hash : '';
  try {
    return encodeURI(fileURLToPath(fileUrl)).replaceAll('?', '%3F').replaceAll('#', '%23') + hash;
  } catch {
    return fileUrl;
  }
}
