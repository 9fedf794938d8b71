import { posix, sep } from 'node:path';
import { decodePercent } from '../../model/url/fragment-name.ts';

/** The target of a link in a document. */
export type LinkTarget =
  /** `url` is serialised by WHATWG rules, without its fragment. `fragment` is as written; '' if there is none. */
  | { kind: 'web'; url: string; fragment: string }
  /**
   * A file or folder. `path` is the absolute path, percent-decoded; `writtenPath` is the same not decoded. A `/` at the
   * end is kept. `rootDir` is set if the link began with `/`, which stands for that folder.
   */
  | { kind: 'local'; path: string; writtenPath: string; fragment: string; rootDir?: string }
  /** Another scheme, such as `mailto:`. */
  | { kind: 'other' }
  | { kind: 'unreadable' };

/** A link to a file or folder. */
export type LocalTarget = Extract<LinkTarget, { kind: 'local' }>;

/**
 * The host that represents the disk. No document can name it (RFC 6761). A `file:` base would not do, because `//host/`
 * in a document means https, as it does where documents are published.
 */
const DISK = 'https://trawl-documents.invalid';
/** Prefix of absolute paths on disk. A path without it is relative to the root of the site. */
const FROM_DISK_ROOT = '/@disk';

/** The base URL of a document for resolving its links. */
export function documentUrl(path: string): string {
  const segments = path.split(sep).join(posix.sep).split(posix.sep).map(encodeURIComponent);
  return `${DISK}${FROM_DISK_ROOT}/${segments.filter((segment) => segment !== '').join('/')}`;
}

/**
 * The target of a link, given as written or already resolved.
 *
 * @param base result of `documentUrl`
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

/** Converts `/C:/docs` to `C:/docs` on Windows. */
function onThisSystem(path: string): string {
  return sep === '\\' ? path.replace(/^\/(?=[a-z]:)/i, '') : path;
}
