import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { LABEL_VALUES, type MetricDefinition, type MetricDefinitions } from './definitions.ts';

type Instrument<D extends MetricDefinition> = D['type'] extends 'counter' ? Counter : D['type'] extends 'gauge' ? Gauge : Histogram;

/** The metrics of a group as objects of prom-client. */
export type Instruments<Group extends MetricDefinitions> = { readonly [Key in keyof Group]: Instrument<Group[Key]> };

/** Registers a group. Its series start at 0, so that a rate includes the first event. Exception: series with the labels `script` or `version` start with their first value. */
export function instruments<Group extends MetricDefinitions>(group: Group, registry: Registry): Instruments<Group> {
  const made = Object.entries(group).map(([key, definition]) => [key, instrument(definition, registry)]);
  return Object.fromEntries(made) as Instruments<Group>;
}

function instrument(
  { name, type, help, labels = [], buckets = [], merge }: MetricDefinition,
  registry: Registry,
): Counter | Gauge | Histogram {
  const settings = { name, help, labelNames: labels, registers: [registry], ...(merge !== undefined && { aggregator: merge }) };
  const [label, ...others] = labels;
  const known = others.length === 0 ? valuesOf(label) : [];
  if (type === 'histogram') {
    const histogram = new Histogram({ ...settings, buckets: [...buckets] });
    for (const value of known) histogram.zero({ [label as string]: value });
    return histogram;
  }
  const metric = type === 'counter' ? new Counter(settings) : new Gauge(settings);
  for (const value of known) metric.inc({ [label as string]: value }, 0);
  return metric;
}

function valuesOf(label: string | undefined): readonly string[] {
  return label !== undefined && label in LABEL_VALUES ? LABEL_VALUES[label as keyof typeof LABEL_VALUES] : [];
}
