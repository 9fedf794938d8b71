import { posix, sep } from 'node:path';
import { decodePercent } from '../../model/url/fragment-name.ts';

/** Where a link of a document leads. */
export type LinkTarget =
  /** `url` as WHATWG serialises it, without its fragment. The fragment is as it was written, '' if there is none. */
  | { kind: 'web'; url: string; fragment: string }
  /** A file or folder: its absolute path, decoded and as it was written; a `/` at the end is kept. `rootDir` is what a `/` at the beginning stood for. */
  | { kind: 'local'; path: string; writtenPath: string; fragment: string; rootDir?: string }
  /** Another scheme, such as `mailto:`. */
  | { kind: 'other' }
  | { kind: 'unreadable' };

/** A link that leads to a file or a folder. */
export type LocalTarget = Extract<LinkTarget, { kind: 'local' }>;

/** A host that no document can name (RFC 6761), which stands for the disk; `//host/` in a document means https, as it does where documents are shown. */
const DISK = 'https://trawl-documents.invalid';
/** Paths from the root of the disk stand below it, and those from the root of the site beside it. */
const FROM_DISK_ROOT = '/@disk';

/** The URL that stands for a document while its links are resolved. */
export function documentUrl(path: string): string {
  const segments = path.split(sep).join(posix.sep).split(posix.sep).map(encodeURIComponent);
  return `${DISK}${FROM_DISK_ROOT}/${segments.filter((segment) => segment !== '').join('/')}`;
}

/**
 * Where a link leads, as written or resolved.
 *
 * @param base what `documentUrl` gave
 * @param rootDir the folder that `/` stands for, an absolute path
 */
export function linkTarget(written: string, base: string, rootDir: string): LinkTarget {
  let url: URL;
  try {
    url = new URL(written, base);
  } catch {
    return { kind: 'unreadable' };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { kind: 'other' };
  const fragment = url.hash.replace(/^#|:~:.*$/gs, '');
  url.hash = '';
  if (url.origin !== DISK) return { kind: 'web', url: url.href, fragment };
  const isFromDisk = url.pathname.startsWith(`${FROM_DISK_ROOT}/`);
  const writtenPath = isFromDisk ? url.pathname.slice(FROM_DISK_ROOT.length) : posix.join(rootDir.split(sep).join(posix.sep), url.pathname);
  const path = isFromDisk ? decodePercent(writtenPath) : posix.join(rootDir.split(sep).join(posix.sep), decodePercent(url.pathname));
  return { kind: 'local', path: onThisSystem(path), writtenPath: onThisSystem(writtenPath), fragment, ...(!isFromDisk && { rootDir }) };
}

/** On Windows, `/C:/docs` is `C:/docs`. */
function onThisSystem(path: string): string {
  return sep === '\\' ? path.replace(/^\/(?=[a-z]:)/i, '') : path;
}
