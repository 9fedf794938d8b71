/** The URL without user, password and query, fit for logs and messages. */
export function withoutCredentials(redisUrl: string): string {
  try {
    const { protocol, host, pathname } = new URL(redisUrl);
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  } catch {
    return 'redis';
  }
}
