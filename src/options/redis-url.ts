/** The URL without user, password and query, fit for logs and messages. */
export function withoutCredentials(redisUrl: string): string {
  try {
    const { protocol, host, pathname } = new URL(redisUrl);
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  } catch {
    return 'redis';
  }
}

/** The URL with the password, over one that it has. An empty password changes nothing. */
export function withPassword(redisUrl: string, password: string): string {
  if (password === '') return redisUrl;
  const url = new URL(redisUrl);
  url.password = encodeURIComponent(password);
  return url.href;
}
