import type { Attributes } from '@opentelemetry/api';
import type { SpanAttributes } from '../model/tracing.ts';

/** The attributes that have a value. */
export function definedAttributes(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes;
}
