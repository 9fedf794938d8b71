/** Tells a host's registrable domain: `example.co.uk` for `www.example.co.uk`. A host without one has its own name: an IP address, `localhost`, a public suffix. */
export type RegistrableDomain = (hostname: string) => string;

/**
 * Loads the Public Suffix List. Its private part counts: `alice.github.io` and `bob.github.io` are sites of two people.
 * Loading takes a few milliseconds, so that it happens only if somebody asks.
 */
export async function loadRegistrableDomain(): Promise<RegistrableDomain> {
  const { getDomain } = await import('tldts');
  const options = { allowPrivateDomains: true, extractHostname: false };
  return (hostname) => getDomain(hostname, options) ?? hostname;
}
