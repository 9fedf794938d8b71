/** Directives that have a value, so that what stands before their colon is not a crawler's name. */
const WITH_VALUE = /^(?:unavailable_after|max-snippet|max-image-preview|max-video-preview)$/i;

/** Whether the `content` of a `<meta name=robots>` says that no link is to be followed. White space between them counts as a comma; `none` can be a value too. */
export function contentSaysNofollow(content: string): boolean {
  return content
    .toLowerCase()
    .split(/[\t\n\f\r ,;]+/)
    .some((directive, index, all) => (directive === 'nofollow' || directive === 'none') && all[index - 1]?.endsWith(':') !== true);
}

/**
 * Whether values of X-Robots-Tag say so to this crawler. Directives after a name and a colon are for that crawler, up to the next name; those before the first,
 * and after `*`, are for all (Google Search Central, "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications").
 *
 * @param robot product token of the crawler, in lower case
 */
export function headersSayNofollow(values: readonly string[], robot: string): boolean {
  return values.some((value) => {
    let isForUs = true;
    return value.split(',').some((item) => {
      const [, name, rest] = /^\s*([^\s:]+)\s*:(.*)$/s.exec(item) ?? [];
      if (name === undefined || WITH_VALUE.test(name)) return isForUs && name === undefined && contentSaysNofollow(item);
      isForUs = name === '*' || name.toLowerCase() === robot;
      return isForUs && contentSaysNofollow(rest ?? '');
    });
  });
}
