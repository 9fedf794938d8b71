/** Query parameters that do not count, compiled once per run by `compileStripParams`. */
export interface StripParams {
  readonly names: ReadonlySet<string>;
  /** Of each pattern with a `*`, what stands between its stars. */
  readonly patterns: readonly (readonly string[])[];
}

/** Compiles names and patterns such as `sid` and `utm_*`, in which `*` stands for any characters, or none, and everything else for itself. */
export function compileStripParams(patterns: readonly string[]): StripParams {
  return {
    names: new Set(patterns.filter((pattern) => !pattern.includes('*'))),
    patterns: patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*')),
  };
}

/**
 * A URL without the parameters that match: the URL itself if it has none of them, else a new one.
 *
 * Names are compared decoded, as a form's would be, and by case; all parameters of a name go. The others keep their order and spelling.
 * A query with nothing left loses its `?`.
 *
 * It is applied before the key is taken *and* before the request is made. If only the key were stripped, which of several spellings is
 * requested, and shown in the report, would depend on which was found first.
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

/** Linear in the name, also with many stars: each piece is taken where it first stands. */
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
  // Pieces do not overlap: `a*a` is not `a`.
  return from <= end;
}

function fieldName(field: string): string {
  const equals = field.indexOf('=');
  const name = equals === -1 ? field : field.slice(0, equals);
  // The form decoder never throws, whatever stands behind a %.
  return /[%+]/.test(name) ? (new URLSearchParams(name).keys().next().value ?? name) : name;
}
