const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Character data with its entities replaced: the five of XML and the numeric ones. Others are left as they are written, such as the `&copy;` of a URL whose ampersands were not escaped, unless
 * `dropUnknown` says that a DTD may have declared them: they have no value then.
 */
export function withoutEntities(text: string, dropUnknown: boolean): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z_][\w.-]{0,31}));/g, (written, decimal, hexadecimal, name) => {
    if (name !== undefined) return NAMED[name] ?? (dropUnknown ? '' : written);
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/** The attributes of a tag, by their names in lower case as they are written, prefix and all. Linear, also where quotes are missing. */
export function xmlAttributes(written: string): Map<string, string> {
  const attributes = new Map<string, string>();
  let name: string | undefined;
  let isValue = false;
  for (const [token] of written.matchAll(/"[^"]*"|'[^']*'|=|[^\s=/"'][^\s="']*/g)) {
    if (token === '=') isValue = name !== undefined;
    else if (isValue && name !== undefined) {
      attributes.set(name, withoutEntities(/^["']/.test(token) ? token.slice(1, -1) : token, false));
      [name, isValue] = [undefined, false];
    } else name = token.toLowerCase();
  }
  return attributes;
}
