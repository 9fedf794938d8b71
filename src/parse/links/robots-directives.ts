/** Directives that have a value: the text before their colon is not the name of a crawler. */
const WITH_VALUE = /^(?:unavailable_after|max-snippet|max-image-preview|max-video-preview)$/i;

/**
 * True if the `content` of a `<meta name=robots>` contains nofollow or none. White space between directives counts as a
 * comma. A `none` after a colon is a value, not a directive.
 */
export function contentSaysNofollow(content: string): boolean {
  return content
    .toLowerCase()
    .split(/[\t\n\f\r ,;]+/)
    .some((directive, index, all) => (directive === 'nofollow' || directive === 'none') && all[index - 1]?.endsWith(':') !== true);
}

/**
 * True if X-Robots-Tag headers say nofollow to this crawler. Directives after a name and a colon are for that crawler,
 * up to the next name. Directives before the first name, and after `*`, are for all (Google Search Central, "Robots
 * meta tag, data-nosnippet, and X-Robots-Tag specifications").
 *
 * @param robot the crawler's product token, in lower case
 */
export function headersSayNofollow(values: readonly string[], robot: string): boolean {
  return values.some((value) => {
    let appliesToUs = true;
    return value.split(',').some((item) => {
      const [, name, rest] = /^\s*([^\s:]+)\s*:(.*)$/s.exec(item) ?? [];
      if (name === undefined || WITH_VALUE.test(name)) return appliesToUs && name === undefined && contentSaysNofollow(item);
      appliesToUs = name === '*' || name.toLowerCase() === robot;
      return appliesToUs && contentSaysNofollow(rest ?? '');
    });
  });
}
