/** The two lists that are measured. */
export type Shape = 'deep' | 'wide';

/** `deep`: all URLs on one origin. `wide`: each URL on an origin of its own, over the addresses of 127.0.0.0/8. */
export function* listOf(shape: Shape, count: number, port: number): Generator<string> {
  for (let index = 0; index < count; index++) {
    if (shape === 'deep') yield `http://127.0.0.1:${port}/page/${index}`;
    else yield `http://127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}:${port}/`;
  }
}
