import type { Books } from '../../model/run-summary.ts';
import { shownNumber } from '../shown-figures.ts';
import type { FragmentFindings } from './fragments.ts';
import { leftOutWords, limitWords } from './left-out-words.ts';

/** The lines that a report shows after its total: how many lines of the input were duplicates, and how the links of the run were followed. */
export function linkNotes(books: Books, fragments: FragmentFindings | undefined): string[] {
  const { submitted, duplicates, accepted, discovered, leftOut } = books;
  return [
    ...(duplicates === 0 ? [] : [`${shownNumber(submitted)} lines, ${shownNumber(duplicates)} duplicates`]),
    ...(discovered === 0 ? [] : [`${shownNumber(accepted)} from the list, ${shownNumber(discovered)} found`]),
    ...(leftOut === undefined ? [] : [`Links not followed: ${leftOutWords(leftOut)}`, ...limitWords(leftOut)]),
    ...(fragments === undefined ? [] : [fragmentWords(fragments)]),
  ];
}

/** Those of these notes that every report must show: the limits that the run reached, and fragments if some are missing. */
export function linkProblems({ leftOut = {} }: Books, fragments: FragmentFindings | undefined): string[] {
  return [...limitWords(leftOut), ...(fragments === undefined || fragments.missingTotal === 0 ? [] : [fragmentWords(fragments)])];
}

/** `Fragments: 1,204 checked, 3 missing`. */
function fragmentWords({ checked, missingTotal, unchecked = 0, known = 0 }: FragmentFindings): string {
  const ofThem = known === 0 ? '' : ` (${shownNumber(known)} known from the baseline)`;
  const more = unchecked === 0 ? '' : `, ${shownNumber(unchecked)} not checked (too many on one page)`;
  return `Fragments: ${shownNumber(checked)} checked, ${shownNumber(missingTotal)} missing${ofThem}${more}`;
}
