import type { LeftOut } from '../../model/left-out.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { RobotsRule } from '../../parse/robots/robots-rules.ts';

/** Why a URL was or would be fetched or skipped. */
export interface Explanation {
  /** As it was given, credentials masked. */
  input: string;
  /** It is no URL that could be requested. */
  problem?: { code: string; message: string };
  /** As it would be requested. */
  url?: string;
  /** What it is known by: every URL with this form is the same entry. */
  canonical?: string;
  key?: string;
  /** Whether a link to it is followed. */
  scope?: ExplainedScope;
  robots?: ExplainedRobots;
  address?: ExplainedAddress;
  /** What a run has of it. */
  inRun?: ExplainedRun;
  /** `fetch`: nothing stands against it. */
  verdict: 'fetch' | 'skip' | 'invalid';
  /** Of `skip`: the first reason. */
  because?: 'excluded' | 'scope' | 'private-address' | 'robots' | 'robots-unreachable';
}

export interface ExplainedScope {
  kind: string;
  /** The URLs from which it is seen: seeds, or what `--from` named. Empty if none is known. */
  from: readonly string[];
  /** Why a link to it is left out; absent if it is followed. */
  leftOut?: LeftOut;
}

export interface ExplainedRobots {
  /** Where robots.txt was found, or looked for. */
  url: string;
  /** `ignored`: nobody asks for it. */
  kind: 'rules' | 'allow-all' | 'unreachable' | 'ignored';
  allowed: boolean;
  /** The name by which its groups were searched. */
  agent?: string;
  /** The rule that decided, if one did. */
  rule?: RobotsRule;
  crawlDelayMs?: number;
  /** Of `allow-all` and `unreachable`. */
  why?: string;
  /** Of `unreachable`: the verdict of its rows. `robots` where something answered. */
  verdict?: string;
}

export interface ExplainedAddress {
  host: string;
  addresses: ReadonlyArray<{ address: string /** The special block that it is in. */; block?: string }>;
  /** No address was found. */
  problem?: string;
  /** Some address is private, and the run may not reach it. */
  refused: boolean;
}

/** `list`: the run followed no links. `nowhere`: none of its pages links to it. `untold`: no link to it was followed, and the run did not keep those that were left out. */
export type Unlinked = 'list' | 'nowhere' | 'untold';

export interface ExplainedRun {
  run: string;
  /** The row of the URL, if it has one. */
  row?: Outcome;
  /** Pages with a link to it: the first of them, and how many there are. */
  linkedFrom: readonly string[];
  linkedFromTotal: number;
  /** The first URL that was redirected to it, and so has what it answered. */
  redirectedFrom?: string;
  /** Why pages left it out, where the run kept that, or where it follows from how deep the pages are that link to it. */
  leftOut?: LeftOut;
  /** Where there is neither a row, nor a page that links or is redirected to it, nor a reason: what that means. */
  unlinked?: Unlinked;
}
