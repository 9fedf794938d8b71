/** Query parameters to remove from URLs, compiled once per run by `compileStripParams`. */
export interface StripParams {
  readonly names: ReadonlySet<string>;
  /** For each pattern with a `*`: the text between its stars. */
  readonly patterns: readonly (readonly string[])[];
}

/**
 * Compiles names and patterns such as `sid` and `utm_*`. `*` matches any characters or none; everything else matches
 * itself.
 */
export function compileStripParams(patterns: readonly string[]): StripParams {
  return {
    names: new Set(patterns.filter((pattern) => !pattern.includes('*'))),
    patterns: patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*')),
  };
}

/**
 * The URL without the parameters that match: the same object if there are none, otherwise a new one.
 *
 * Names are decoded like those of a form and compared case-sensitively. All parameters with a matching name are
 * removed. The others keep their order and spelling. An empty query loses its `?`.
 *
 * Apply this before computing the key *and* before the request. If only the key were stripped, the URL that is
 * requested and reported would depend on which spelling was found first.
 */
export function strippedUrl(url: URL, params: StripParams): URL {
  const { search } = url;
  if (search === '') return url;
  const fields = search.slice(1).split('&');
  const kept = fields.filter((field) => field === '' || !isStripped(fieldName(field), params));
  if (kept.length === fields.length) return url;
  const stripped = new URL(url);
  stripped.search = kept.join('&');
  return stripped;
}

function isStripped(name: string, params: StripParams): boolean {
  return params.names.has(name) || params.patterns.some((pieces) => matches(name, pieces));
}

/** Linear in the length of the name, even with many stars: each piece is matched at its first occurrence. */
function matches(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const end = name.length - last.length;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, from);
    if (found === -1) return false;
    from = found + piece.length;
  }
  // Pieces must not overlap: `a*a` does not match `a`.
  return from <= end;
}

function fieldName(field: string): string {
  const equals = field.indexOf('=');
  const name = equals === -1 ? field : field.slice(0, equals);
  // The form decoder never throws, unlike `decodeURIComponent`.
  return /[%+]/.test(name) ? (new URLSearchParams(name).keys().next().value ?? name) : name;
}
