const SERIALISED_USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

/**
 * The userinfo of an http(s) URL as WHATWG parsing finds it: after any number of slashes of either kind, with tabs and
 * line breaks ignored, up to the last `@` of the authority.
 */
const WRITTEN_USERINFO = /^(\s*https?:[/\\\t\n\r]*)[^/\\?#]*@/i;

/**
 * Everything up to the last `@`, except for a comment mark and a scheme at the beginning. A word before `:` is a scheme
 * only if a slash follows: in `user:password@host` it is a user.
 */
const ANYTHING_BEFORE_AT = /^(\s*#?\s*(?:[a-z][a-z0-9+.-]*:(?=[/\\]))?[/\\]*).*@/is;

const URL_IN_TEXT = /(\b[a-z][a-z0-9+.-]*:[/\\]+)[^\s/?#"]*@/gi;

/** The text before the `@` of a `mailto:` URL is a mailbox, not a user name (RFC 6068). */
const MAILTO = /^\s*mailto:(?![/\\])/i;

const MASKED = '$1***@';

/**
 * Removes `user:password@` from a URL.
 *
 * @param url as serialised by WHATWG
 */
export function withoutCredentials(url: string): string {
  return url.includes('@') ? url.replace(SERIALISED_USERINFO, '$1') : url;
}

/**
 * Masks credentials in text that a person wrote (a line of a list, a word of the command line), so that it may be shown
 * and stored. Anything that can be a user or password becomes `***`.
 *
 * A valid http(s) URL keeps everything else, and is unchanged if it has no credentials. Any other text loses everything
 * between its scheme and its last `@`: we cannot know where a password ends in it, and showing one is worse than
 * showing too little. A `mailto:` URL is unchanged.
 */
export function maskCredentials(text: string): string {
  if (!text.includes('@') || MAILTO.test(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    if (url.username === '' && url.password === '') return text;
    const masked = text.replace(WRITTEN_USERINFO, MASKED);
    if (masked !== text) return masked;
  }
  return text.replace(ANYTHING_BEFORE_AT, MASKED);
}

/**
 * Masks the credentials of all well-formed URLs in a message. A last safeguard for messages that repeat their
 * input.
 */
export function maskUrls(message: string): string {
  return message.includes('@') ? message.replaceAll(URL_IN_TEXT, MASKED) : message;
}
