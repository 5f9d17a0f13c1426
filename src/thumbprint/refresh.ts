import pMap from 'p-map';
import { explainOutcome, type Outcome } from '../account/carry-out.ts';
import type { IamChange, ProviderReader, ProviderState } from '../account/iam.ts';
import type { Problem } from '../problem.ts';
import { findThumbprints, isSame, mergeThumbprints, type HostThumbprint, type Issuers } from './thumbprint-list.ts';
import { IssuerError } from './issuer-error.ts';

interface Known {
  readonly provider: ProviderState;
  readonly hosts: readonly HostThumbprint[];
}

interface Failed extends Known {
  readonly kind: 'failed';
  readonly problem: Problem;
}

/**
 * What is known of a provider after looking at its issuer; `next` is the list to write, undefined if none is needed.
 */
export type Examined = (Known & { readonly kind: 'known'; readonly next: readonly string[] | undefined }) | Failed;

/** Issuers, or providers, that are asked at once. */
const concurrency = 10;

/** Returns the providers that fit, in IAM's order; one that is deleted meanwhile is left out. */
export async function selectProviders(
  reader: ProviderReader,
  fits: (provider: ProviderState) => boolean,
): Promise<readonly ProviderState[]> {
  const found = await pMap(await reader.listProviderArns(), arn => reader.readProvider(arn), { concurrency });
  return found.flatMap(one => (one !== undefined && fits(one) ? one : []));
}

/** Returns what each provider has and should have. One issuer that fails keeps no other from being looked at. */
export function examineProviders(
  providers: readonly ProviderState[],
  issuers: Issuers,
  maxThumbprints: number,
): Promise<readonly Examined[]> {
  const examine = async (provider: ProviderState): Promise<Examined> => {
    let hosts: readonly HostThumbprint[] = [];
    try {
      hosts = await findThumbprints(provider.url, issuers);
      return { kind: 'known', provider, hosts, next: findNext(provider, hosts, maxThumbprints) };
    } catch (thrown) {
      if (!(thrown instanceof IssuerError)) throw thrown;
      return { kind: 'failed', provider, hosts, problem: thrown.fault };
    }
  };
  return pMap(providers, examine, { concurrency });
}

function findNext(
  { thumbprints }: ProviderState,
  hosts: readonly HostThumbprint[],
  maxThumbprints: number,
): readonly string[] | undefined {
  const wanted = hosts.map(({ thumbprint }) => thumbprint);
  return mergeThumbprints(thumbprints, wanted, maxThumbprints);
}

/** Returns the changes that providers need, independent of each other: IAM replaces a provider's whole list. */
export function planRefresh(examined: readonly Examined[]): readonly IamChange[] {
  return examined.flatMap(one =>
    one.kind === 'failed' || one.next === undefined
      ? []
      : [{ kind: 'set-thumbprints', arn: one.provider.arn, thumbprints: one.next } as const],
  );
}

/** What became of a provider. */
export type Refreshed =
  | (Known & { readonly kind: 'unchanged' })
  | (Known & { readonly kind: 'would-change' | 'changed'; readonly next: readonly string[] })
  | Failed;

/** Returns what became of each provider: `outcomes` are those of the planned changes, none of them in a dry run. */
export function judgeRefresh(
  examined: readonly Examined[],
  outcomes: readonly Outcome[],
  explain: (thrown: unknown) => Problem,
): readonly Refreshed[] {
  return examined.map((one): Refreshed => {
    if (one.kind === 'failed') return one;
    const { provider, hosts, next } = one;
    if (next === undefined) return { kind: 'unchanged', provider, hosts };
    const outcome = outcomes.find(({ planned: { document } }) => 'arn' in document && document.arn === provider.arn);
    if (outcome === undefined) return { kind: 'would-change', provider, hosts, next };
    const problem = 'thrown' in outcome ? explain(outcome.thrown) : explainOutcome(outcome);
    if (problem !== undefined) return { kind: 'failed', provider, hosts, problem };
    return { kind: outcome.state === 'not-begun' ? 'would-change' : 'changed', provider, hosts, next };
  });
}

/** Returns whether a provider's list holds a host's thumbprint. */
export function hasThumbprint(provider: ProviderState, { thumbprint }: HostThumbprint): boolean {
  return provider.thumbprints.some(one => isSame(one, thumbprint));
}
