import { findAbsentKeys, findUnknownElements } from './findings/absent-keys.ts';
import { findActionMistakes, findPrincipalMistakes } from './findings/principals.ts';
import { findClaimMistakes } from './findings/claims.ts';
import { holdsClaim } from './findings/claims-held.ts';
import type { Finding, FindingCode, Known } from './findings/finding.ts';
import type { Proposal } from './findings/proposal.ts';
import { findKeyMistakes } from './findings/key-prefixes.ts';
import { findDoubtfulOperators, findLaxOperators } from './findings/lax-operators.ts';
import { findNetworkConditions } from './findings/network.ts';
import { protectFirst } from './findings/opening.ts';
import { findOperatorMistakes } from './findings/operator-names.ts';
import { askOwners } from './findings/other-workloads.ts';
import { findProviderMistakes } from './findings/providers.ts';
import { findRetiringIssuer } from './findings/retirement.ts';
import { findOverruled } from './findings/overruled.ts';
import { allowsWebIdentity, isRight, readKnown, rightUrl } from './scene/scene.ts';
import { chooseCorrection, describeBench, type Bench } from './corrections/settle.ts';
import { findSubjectMistakes } from './findings/subjects.ts';
import { completeCorrection } from './corrections/complete.ts';
import type { PolicyDocument, TrustPolicy } from './trust-policy.ts';

const severities = ['critical', 'high', 'medium', 'low'];

/**
 * Returns what is wrong, or could be narrower, in a trust policy, the worst first. What is known of the account and of the
 * connections that should be allowed makes more findings, and corrections, possible.
 *
 * The evaluator is asked for all that a finding claims of who is allowed, and for every correction: what does not hold is
 * left out. Corrections cost the most, and can be left out. It never throws, whatever is known. It speaks of the policy alone:
 * it does not know the provider's client IDs, nor who may use the connections.
 */
export function findWeaknesses(
  policy: TrustPolicy,
  known: Known = {},
  { corrects = true }: { readonly corrects?: boolean } = {},
): readonly Finding[] {
  const facts = readKnown(known);
  const bench = describeBench(policy, facts, corrects);
  const proposals = listProposals(bench);
  return proposals
    .map(proposal => settle(proposal, bench))
    .sort((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
}

/** What finds mistakes in the conditions, whoever the principal is. */
const conditionFinders = [findActionMistakes, findOperatorMistakes, findSubjectMistakes, findClaimMistakes];

const finders = [
  findPrincipalMistakes,
  findActionMistakes,
  findOperatorMistakes,
  findUnknownElements,
  findAbsentKeys,
  findLaxOperators,
  findDoubtfulOperators,
  findNetworkConditions,
  findSubjectMistakes,
  findProviderMistakes,
  findKeyMistakes,
  findClaimMistakes,
];

function listProposals(bench: Bench): readonly Proposal[] {
  const { scenes } = bench;
  const implied = bench.implied.filter(allowsWebIdentity);
  const proposals = [
    ...scenes.flatMap(scene => finders.flatMap(find => find(scene))),
    ...implied.flatMap(scene => conditionFinders.flatMap(find => find(scene))),
    ...findOverruled(bench),
    ...findRetiringIssuer([...scenes, ...implied]),
  ];
  return askOwners(dropRepeated(proposals.filter(one => !isOfTwin(one))).filter(one => holdsClaim(one, bench))).map(
    protectFirst,
  );
}

const providerCodes: readonly FindingCode[] = [
  'ProviderOfOtherAccount',
  'ProviderOfOtherPartition',
  'ProviderUrlMistaken',
];

/** Whether a statement names the same issuer right, too: of the mistaken provider only the mistake is said. */
function isOfTwin({ code, scene, provider }: Proposal): boolean {
  if (scene === undefined || provider === undefined || isRight(provider) || providerCodes.includes(code)) return false;
  return scene.providers.some(other => isRight(other) && rightUrl(other) === rightUrl(provider));
}

/** The same is said once of a statement. */
function dropRepeated(proposals: readonly Proposal[]): readonly Proposal[] {
  const seen = new Set<string>();
  return proposals.filter(({ code, statement, means }) => {
    const key = `${code} ${statement?.index} ${means}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function settle(proposal: Proposal, bench: Bench): Finding {
  const { code, severity, statement, means, remedy, claim } = proposal;
  const complete = (document: PolicyDocument) => completeCorrection(document, bench, listProposals);
  const { correction, corrected, notes = [] } = chooseCorrection(proposal, bench, complete) ?? {};
  return { code, severity, statement, means, remedy: [remedy, ...notes].join(' '), claim, correction, corrected };
}
