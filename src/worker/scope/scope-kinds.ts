import type { ScopeKind } from '../../model/link-options.ts';
import { canonicalPath } from '../../model/url/canonical-url.ts';

/** Returns true for links in scope. */
type Reaches = (link: URL) => boolean;

/** Returns a function that makes the scope test for a crawl's root URL. See `ScopeKind`. */
export async function scopeTestOf(kind: ScopeKind): Promise<(root: URL) => Reaches> {
  switch (kind) {
    case 'origin':
      return sameOrigin;
    case 'host':
      return sameHost;
    case 'domain': {
      const registrableDomain = await loadRegistrableDomain();
      return (root) => sameDomain(root, registrableDomain);
    }
    case 'prefix':
      return belowDirectory;
    case 'any':
      return () => () => true;
  }
}

function sameOrigin(root: URL): Reaches {
  const { protocol, host } = root;
  return (link) => link.host === host && link.protocol === protocol;
}

function sameHost(root: URL): Reaches {
  const { hostname } = root;
  return (link) => link.hostname === hostname;
}

function sameDomain(root: URL, registrableDomain: RegistrableDomain): Reaches {
  const { hostname } = root;
  const domain = registrableDomain(hostname);
  return (link) => {
    const other = link.hostname;
    if (other === hostname) return true;
    // `endsWith` alone is not enough: a public suffix can lie below a registrable domain, such as `s3.amazonaws.com`
    // below `amazonaws.com`.
    return other.endsWith(domain) && registrableDomain(other) === domain;
  };
}

/**
 * Accepts http and https: a seed without a scheme is http, and most sites redirect that to https. `host` has no port if
 * it is the scheme's default.
 */
function belowDirectory(root: URL): Reaches {
  const { host } = root;
  const path = canonicalPath(root);
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  return (link) => link.host === host && canonicalPath(link).startsWith(directory);
}

/**
 * Returns a host's registrable domain: `example.co.uk` for `www.example.co.uk`. A host without one (an IP address,
 * `localhost`, a public suffix) is returned as it is.
 */
type RegistrableDomain = (hostname: string) => string;

/**
 * Loads the Public Suffix List, including its private part: `alice.github.io` and `bob.github.io` belong to different
 * people. Loading takes a few milliseconds, so it happens only when needed.
 */
export async function loadRegistrableDomain(): Promise<RegistrableDomain> {
  const { getDomain } = await import('tldts');
  const options = { allowPrivateDomains: true, extractHostname: false };
  return (hostname) => getDomain(hostname, options) ?? hostname;
}
