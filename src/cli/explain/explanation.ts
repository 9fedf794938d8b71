import type { LeftOut } from '../../model/left-out.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { RobotsRule } from '../../parse/robots/robots-rules.ts';

/** Why a URL was or would be fetched or skipped. */
export interface Explanation {
  /** As the user gave it, with credentials masked. */
  input: string;
  /** Why the input is not a URL that can be requested. */
  problem?: { code: string; message: string };
  /** The URL as it would be requested. */
  url?: string;
  /** The canonical form. All URLs with this form are the same entry. */
  canonical?: string;
  key?: string;
  /** Whether a link to it is followed. */
  scope?: ExplainedScope;
  robots?: ExplainedRobots;
  address?: ExplainedAddress;
  /** What a run knows about the URL. */
  inRun?: ExplainedRun;
  /** `fetch`: there is no reason to skip the URL. */
  verdict: 'fetch' | 'skip' | 'invalid';
  /** The first reason to skip it. */
  because?: 'excluded' | 'scope' | 'private-address' | 'robots' | 'robots-unreachable';
}

export interface ExplainedScope {
  kind: string;
  /** The URLs whose scope was checked: seeds, or those of `--from`. Empty if none is known. */
  from: readonly string[];
  /** Why a link to the URL is not followed; absent if it is. */
  leftOut?: LeftOut;
}

export interface ExplainedRobots {
  /** The URL of robots.txt, after redirects if it was found. */
  url: string;
  /** `ignored`: the options say not to request it. */
  kind: 'rules' | 'allow-all' | 'unreachable' | 'ignored';
  allowed: boolean;
  /** The product token for which a group was searched. */
  agent?: string;
  /** The rule that decided, if one did. */
  rule?: RobotsRule;
  crawlDelayMs?: number;
  /** The reason for `allow-all` or `unreachable`. */
  why?: string;
  /** For `unreachable`: the verdict that rows of this origin would get. `robots` if the origin answered at all. */
  verdict?: string;
}

export interface ExplainedAddress {
  host: string;
  addresses: ReadonlyArray<{ address: string /** The special block that it belongs to. */; block?: string }>;
  /** Why no address was found. */
  problem?: string;
  /** True if an address is private and the run may not reach it. */
  refused: boolean;
}

/** `list`: the run followed no links. `nowhere`: none of its pages links to the URL. `untold`: no link to the URL was followed, and the run did not record the links that were not followed. */
export type Unlinked = 'list' | 'nowhere' | 'untold';

export interface ExplainedRun {
  run: string;
  /** The row of the URL, if it has one. */
  row?: Outcome;
  /** The first pages that link to the URL; `linkedFromTotal` counts all. */
  linkedFrom: readonly string[];
  linkedFromTotal: number;
  /** The first URL that was redirected to this one. Its row has the answer of this URL. */
  redirectedFrom?: string;
  /** Why links to the URL were not followed: recorded by the run, or because the pages that link to it are at the greatest depth. */
  leftOut?: LeftOut;
  /** Present if nothing else is known: no row, no page that links or was redirected to the URL, and no reason. Says what that means. */
  unlinked?: Unlinked;
}
