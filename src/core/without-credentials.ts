const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i;

/** The URL without `user:password@`: credentials never reach a log or report. */
export function withoutCredentials(url: string): string {
  return url.includes('@') ? url.replace(USERINFO, '$1') : url;
}
