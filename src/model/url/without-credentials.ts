const SERIALISED_USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

/** Where WHATWG parsing finds the userinfo of an http(s) URL: any number of slashes of either kind, tabs and line breaks ignored, then all up to the last `@` of the authority. */
const WRITTEN_USERINFO = /^(\s*https?:[/\\\t\n\r]*)[^/\\?#]*@/i;

/** A comment stays one. A word before `:` is taken for a scheme only before a slash: in `user:password@host` it is a user. */
const WHATEVER_STANDS_BEFORE_AT = /^(\s*#?\s*(?:[a-z][a-z0-9+.-]*:(?=[/\\]))?[/\\]*).*@/is;

const URL_IN_TEXT = /(\b[a-z][a-z0-9+.-]*:[/\\]+)[^\s/?#"]*@/gi;

/** What stands before its `@` is a mailbox, and no user of anything (RFC 6068). */
const MAILTO = /^\s*mailto:(?![/\\])/i;

const MASKED = '$1***@';

/** A URL, as WHATWG serialises it, without its `user:password@`. */
export function withoutCredentials(url: string): string {
  return url.includes('@') ? url.replace(SERIALISED_USERINFO, '$1') : url;
}

/**
 * Text that a person wrote, a line of a list or a word of the command line, as it may be shown and stored: what can be a user or password is `***`.
 * An http(s) URL with its scheme keeps all else, and stays as it is if it has none. Text that is no such URL loses everything between its scheme and
 * its last `@`: where a password ends in it nobody knows, and it is worse to show one than to show too little.
 * A `mailto:` URL is shown as it is.
 */
export function maskCredentials(text: string): string {
  if (!text.includes('@') || MAILTO.test(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    if (url.username === '' && url.password === '') return text;
    const masked = text.replace(WRITTEN_USERINFO, MASKED);
    if (masked !== text) return masked;
  }
  return text.replace(WHATEVER_STANDS_BEFORE_AT, MASKED);
}

/** A message with the credentials of the well-formed URLs in it masked: the last net, for messages that repeat what they were given. */
export function maskUrls(message: string): string {
  return message.includes('@') ? message.replaceAll(URL_IN_TEXT, MASKED) : message;
}
