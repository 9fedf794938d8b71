import type { ScopeKind } from '../../model/link-options.ts';
import { canonicalPath } from '../../model/url/canonical-url.ts';

/** True for the links that are in scope. */
type Reaches = (link: URL) => boolean;

/** Makes, for the root of a crawl, the question whether a link is in its scope. See `ScopeKind`. */
export async function reachOf(kind: ScopeKind): Promise<(root: URL) => Reaches> {
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
    // A public suffix can lie below a registrable domain: `s3.amazonaws.com` below `amazonaws.com`.
    return other.endsWith(domain) && registrableDomain(other) === domain;
  };
}

/** http and https alike: a seed without a scheme is http, and most sites redirect that to https. `host` has no port if it is the scheme's own. */
function belowDirectory(root: URL): Reaches {
  const { host } = root;
  const path = canonicalPath(root);
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  return (link) => link.host === host && canonicalPath(link).startsWith(directory);
}

/** Tells a host's registrable domain: `example.co.uk` for `www.example.co.uk`. A host without one has its own name: an IP address, `localhost`, a public suffix. */
type RegistrableDomain = (hostname: string) => string;

/**
 * Loads the Public Suffix List. Its private part counts: `alice.github.io` and `bob.github.io` are sites of two people.
 * Loading takes a few milliseconds, so that it happens only if somebody asks.
 */
export async function loadRegistrableDomain(): Promise<RegistrableDomain> {
  const { getDomain } = await import('tldts');
  const options = { allowPrivateDomains: true, extractHostname: false };
  return (hostname) => getDomain(hostname, options) ?? hostname;
}
