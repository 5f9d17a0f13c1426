import { WifError } from '../../errors.ts';
import { isForFederated, listEntrants, type Entrant } from './entrants.ts';
import type { EntrantSite } from './judge-callers.ts';
import { findWeaknesses } from '../findings.ts';
import type { Finding } from '../findings/finding.ts';
import { largestQuota, measurePolicy } from '../policy-document.ts';
import { parseTrustPolicy, type PolicyDocument } from '../trust-policy.ts';

/** A role's trust policy and where it stands. */
export interface TrustPlace extends EntrantSite {
  /** JSON text, or a value that was parsed already. */
  readonly trustPolicy: unknown;
}

/** Who gets into a role and what is weak; unknown where its trust policy cannot be judged. */
export type RoleTrust =
  | {
      readonly state: 'judged';
      /** Whether the policy means callers from outside AWS at all. */
      readonly isForFederated: boolean;
      readonly entrants: readonly Entrant[];
      readonly findings: readonly Finding[];
      readonly document: PolicyDocument;
    }
  | { readonly state: 'unknown'; readonly why: string };

/** Stands for the account of a role, so that the same policy in many accounts is judged once. */
const anyAccount = '000000000000';

/**
 * Returns what judges the roles of many accounts, remembering each policy: one that differs by the account's id alone is judged
 * once. Findings have no corrections. A policy that cannot be read, or is larger than IAM accepts, is unknown.
 */
export function openInventory(): (place: TrustPlace) => RoleTrust {
  const known = new Map<string, { readonly trust: RoleTrust; readonly accountId: string }>();
  return place => {
    const { account, providers, trustPolicy } = place;
    const text = typeof trustPolicy === 'string' ? trustPolicy : JSON.stringify(trustPolicy ?? null);
    if (account === undefined || text.includes(anyAccount)) return judgeRole(place);
    const shared = text.replaceAll(account.accountId, anyAccount);
    const site = JSON.stringify([account.partition, (providers ?? ['unknown']).map(describeProvider)]);
    const key = `${site} ${shared}`;
    const found = known.get(key);
    if (found === undefined) {
      const trust = judgeRole(place);
      known.set(key, { trust, accountId: account.accountId });
      return trust;
    }
    return JSON.parse(JSON.stringify(found.trust).replaceAll(found.accountId, account.accountId)) as RoleTrust;
  };
}

function describeProvider(provider: string | { readonly url: string; readonly clientIds: readonly string[] }): unknown {
  return typeof provider === 'string' ? provider : [provider.url, [...provider.clientIds].sort()];
}

/** Returns who gets into a role, and what is weak in its trust policy. */
function judgeRole({ trustPolicy, account, providers }: TrustPlace): RoleTrust {
  try {
    const policy = parseTrustPolicy(trustPolicy);
    if (!isForFederated(policy)) {
      return { state: 'judged', isForFederated: false, entrants: [], findings: [], document: policy.document };
    }
    const size = measurePolicy(policy.document);
    if (size > largestQuota)
      return { state: 'unknown', why: `its trust policy has ${size} characters, more than IAM accepts` };
    return {
      state: 'judged',
      isForFederated: true,
      entrants: listEntrants(policy, { account, providers }),
      findings: findWeaknesses(policy, { account }, { corrects: false }),
      document: policy.document,
    };
  } catch (thrown) {
    if (!(thrown instanceof WifError)) throw thrown;
    return { state: 'unknown', why: thrown.faults[0]?.found.replace(/^The/, 'its') ?? '' };
  }
}
