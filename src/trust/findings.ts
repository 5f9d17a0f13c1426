import { findAbsentKeys, findUnknownElements } from './findings/absent-keys.ts';
import { findActionMistakes } from './findings/actions.ts';
import { findClaimMistakes } from './findings/claims.ts';
import { holdsClaim } from './findings/claims-held.ts';
import type { Finding, Known } from './findings/finding.ts';
import { findKeyMistakes } from './findings/key-prefixes.ts';
import { findDoubtfulOperators, findLaxOperators } from './findings/lax-operators.ts';
import { findNetworkConditions } from './findings/network.ts';
import { findOperatorMistakes } from './findings/operator-names.ts';
import { findPrincipalMistakes } from './findings/principals.ts';
import type { Proposal } from './findings/proposal.ts';
import { findProviderMistakes } from './findings/providers.ts';
import { findRetiringIssuer } from './findings/retirement.ts';
import { describeScenes, readKnown } from './scene/scene.ts';
import { chooseCorrection, describeBench, type Bench } from './corrections/settle.ts';
import { findSubjectMistakes } from './findings/subjects.ts';
import type { TrustPolicy } from './trust-policy.ts';

const severities = ['critical', 'high', 'medium', 'low'];

/**
 * Returns what is wrong, or could be narrower, in a trust policy, the worst first. What is known of the account and of the
 * connections that should be allowed makes more findings, and corrections, possible.
 *
 * The evaluator is asked for all that a finding claims of who is allowed, and for every correction: what does not hold is
 * left out. Corrections cost the most, and can be left out. It never throws, whatever is known. It speaks of the policy alone: it does not know the provider's client IDs,
 * nor who may use the connections.
 */
export function findWeaknesses(
  policy: TrustPolicy,
  known: Known = {},
  { corrects = true }: { readonly corrects?: boolean } = {},
): readonly Finding[] {
  const facts = readKnown(known);
  const scenes = describeScenes(policy, facts);
  const bench = describeBench(scenes, policy, facts);
  const proposals = scenes.flatMap(scene => [
    ...findPrincipalMistakes(scene),
    ...findActionMistakes(scene),
    ...findOperatorMistakes(scene),
    ...findUnknownElements(scene),
    ...findAbsentKeys(scene),
    ...findLaxOperators(scene),
    ...findDoubtfulOperators(scene),
    ...findNetworkConditions(scene),
    ...findSubjectMistakes(scene),
    ...findProviderMistakes(scene),
    ...findKeyMistakes(scene),
    ...findClaimMistakes(scene),
  ]);
  return dropRepeated([...proposals, ...findRetiringIssuer(scenes)])
    .filter(proposal => holdsClaim(proposal, bench))
    .map(proposal => settle(corrects ? proposal : { ...proposal, candidates: [] }, bench))
    .sort((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
}

/** The same is said once of a statement. */
function dropRepeated(proposals: readonly Proposal[]): readonly Proposal[] {
  const seen = new Set<string>();
  return proposals.filter(({ code, statement, means }) => {
    const key = JSON.stringify([code, statement?.index, means]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function settle(proposal: Proposal, bench: Bench): Finding {
  const { code, severity, statement, means, remedy, claim } = proposal;
  const { correction, corrected } = chooseCorrection(proposal, bench) ?? {};
  const approval = correction?.approval === undefined ? '' : ` ${correction.approval}`;
  return { code, severity, statement, means, remedy: remedy + approval, claim, correction, corrected };
}
