import { styleText } from 'node:util';
import type { VerdictClass } from '../model/verdict.ts';

/** Colours text, or returns it unchanged. Pad text before painting it: colour codes take no columns on a terminal but count in the length of a string. */
export interface Paint {
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

type Style = keyof Paint;

/** For a terminal that shows colours, or if the user asks for colours. */
export const inColor: Paint = paintWith((style, text) => styleText(style, text, { validateStream: false }));
export const inPlain: Paint = paintWith((_, text) => text);

function paintWith(paint: (style: Style, text: string) => string): Paint {
  const styled = (style: Style) => (text: string) => (text === '' ? text : paint(style, text));
  return { red: styled('red'), green: styled('green'), yellow: styled('yellow'), bold: styled('bold'), dim: styled('dim') };
}

/** The colour for a class of verdicts. */
export function ofClass(paint: Paint, name: VerdictClass): (text: string) => string {
  return { ok: paint.green, failed: paint.red, skipped: paint.yellow }[name];
}
