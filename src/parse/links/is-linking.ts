import { documentType } from './document-type.ts';

const NOTHING = new Uint8Array(0);

/** True if a document of that Content-Type may hold links: those without one have to be looked at. */
export function isLinking(contentType: string | undefined): boolean {
  return contentType === undefined || documentType(contentType, NOTHING) !== undefined;
}
