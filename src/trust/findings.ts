import { findActionMistakes } from './findings/actions.ts';
import { findClaimMistakes } from './findings/claims.ts';
import type { Finding, Known } from './findings/finding.ts';
import { findKeyMistakes } from './findings/key-prefixes.ts';
import { findLaxOperators } from './findings/lax-operators.ts';
import { findPrincipalMistakes } from './findings/principals.ts';
import { findProviderMistakes } from './findings/providers.ts';
import { findRetiringIssuer } from './findings/retirement.ts';
import { describeScenes } from './findings/scene.ts';
import { findSubjectMistakes } from './findings/subjects.ts';
import type { TrustPolicy } from './trust-policy.ts';

const severities = ['critical', 'high', 'medium', 'low'];

/**
 * Returns what is wrong, or could be narrower, in a trust policy, the worst first. What is known of the account and of the
 * connections that should get in makes more findings, and corrected policies, possible.
 *
 * It never throws, whatever is known. It speaks of the policy alone: it does not know the provider's client ids, nor who may use the connections.
 */
export function findWeaknesses(policy: TrustPolicy, known: Known = {}): readonly Finding[] {
  const scenes = describeScenes(policy, known);
  const findings = scenes.flatMap(scene => [
    ...findPrincipalMistakes(scene),
    ...findActionMistakes(scene),
    ...findLaxOperators(scene),
    ...findSubjectMistakes(scene),
    ...findProviderMistakes(scene),
    ...findKeyMistakes(scene),
    ...findClaimMistakes(scene),
  ]);
  return [...findings, ...findRetiringIssuer(scenes)].sort(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  );
}
