import type { Caller } from '../callers.ts';
import type { PolicyDocument } from '../trust-policy.ts';
import type { Claim, Finding } from './finding.ts';
import { rightUrl, type NamedProvider, type Scene } from '../scene/scene.ts';

/** A finding before it was judged: what it claims is not checked yet, and its corrections may do harm. */
export interface Proposal extends Omit<Finding, 'corrected' | 'correction'> {
  /** The scene of its statement; undefined if it is about all of them. */
  readonly scene: Scene | undefined;
  /** The provider that its claim is about. */
  readonly provider: NamedProvider | undefined;
  /** Whole policies, the best first. */
  readonly candidates: readonly (PolicyDocument | undefined)[];
  /** Whether the finding is about a caller who is allowed: a correction may deny nobody else. */
  readonly concerns: (caller: Caller) => boolean;
}

type Essentials = Pick<Proposal, 'code' | 'severity' | 'means' | 'remedy'>;
type Optional = Pick<Proposal, 'provider' | 'claim' | 'candidates' | 'concerns'>;

/** Returns a proposal about a scene's statement. What is not given: no claim, no correction, and about nobody. */
export function propose(scene: Scene, essentials: Essentials, optional: Partial<Optional> = {}): Proposal {
  const { index, sid } = scene.statement;
  return {
    provider: undefined,
    claim: undefined,
    candidates: [],
    concerns: () => false,
    ...essentials,
    ...optional,
    scene,
    statement: { index, sid },
  };
}

/**
 * Returns the claim that a mistaken principal allows nobody; none if the statement names the same issuer a second time,
 * by which its callers may be allowed.
 */
export function claimNobody({ providers }: Scene, provider: NamedProvider): Claim | undefined {
  const url = rightUrl(provider);
  if (providers.some(other => other !== provider && rightUrl(other) === url)) return undefined;
  return { allows: 'nobody', issuer: provider.arn.url, subject: undefined };
}
