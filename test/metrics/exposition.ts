/** The samples of an exposition, by name with labels as written there. */
export function samplesOf(text: string): Map<string, number> {
  return new Map(
    text.split('\n').flatMap((line): Array<[string, number]> => {
      const [, sample, value] = /^([a-z]\S*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return sample === undefined ? [] : [[sample, Number(value)]];
    }),
  );
}

/** The sum of a metric's samples whose labels include all of these, such as `class="ok"`. */
export function sumOf(text: string, name: string, ...labels: string[]): number {
  let sum = 0;
  for (const [sample, value] of samplesOf(text)) {
    const isMetric = sample === name || sample.startsWith(`${name}{`);
    if (isMetric && labels.every((label) => sample.includes(label))) sum += value;
  }
  return sum;
}
