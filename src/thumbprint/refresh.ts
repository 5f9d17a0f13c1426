import { findThumbprints, type HostThumbprint, type Issuers } from './find-thumbprints.ts';
import { IssuerError } from './issuer-error.ts';
import { isSame, mergeThumbprints } from './thumbprint-list.ts';

/** An OIDC provider as IAM has it. */
export interface Provider {
  readonly arn: string;
  /** Without `https://`. */
  readonly url: string;
  readonly thumbprints: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Reads OIDC providers; one that is not there is undefined. */
export interface ProviderReader {
  readonly listProviderArns: () => Promise<readonly string[]>;
  readonly readProvider: (arn: string) => Promise<Provider | undefined>;
}

/** Changes a provider: IAM replaces its whole list. */
export interface ThumbprintWriter {
  readonly setThumbprints: (arn: string, thumbprints: readonly string[]) => Promise<void>;
}

/** Why a provider is not written to, besides what is wrong with its issuer (issuerErrorCodes). The list is closed. */
export const refreshCodes = ['ChangedMeanwhile', 'Interrupted', 'IamFailed'] as const;

/** Why a provider was left as it is. */
export interface Problem {
  readonly code: string;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

export interface Known {
  readonly provider: Provider;
  readonly hosts: readonly HostThumbprint[];
}

export interface Failed extends Known {
  readonly kind: 'failed';
  readonly problem: Problem;
}

/** What is known of a provider after looking at its issuer; `next` is the list to write, undefined where none is needed. */
export type Examined = (Known & { readonly kind: 'known'; readonly next: readonly string[] | undefined }) | Failed;

/** Issuers that are asked at once. */
const mostAtOnce = 10;

/** Returns the providers that fit, in IAM's order; one that is deleted meanwhile is left out. */
export async function readProviders(
  reader: ProviderReader,
  fits: (provider: Provider) => boolean,
): Promise<readonly Provider[]> {
  const found = await mapBounded(await reader.listProviderArns(), arn => reader.readProvider(arn));
  return found.flatMap(one => (one !== undefined && fits(one) ? one : []));
}

/** Returns what each provider has and should have. One issuer that fails keeps no other from being looked at. */
export function examineProviders(
  providers: readonly Provider[],
  issuers: Issuers,
  maxThumbprints: number,
): Promise<readonly Examined[]> {
  return mapBounded(providers, async provider => {
    let hosts: readonly HostThumbprint[] = [];
    try {
      hosts = await findThumbprints(provider.url, issuers);
      const wanted = hosts.map(({ thumbprint }) => thumbprint);
      const next = mergeThumbprints(provider.thumbprints, wanted, maxThumbprints);
      return { kind: 'known', provider, hosts, next };
    } catch (thrown) {
      if (!(thrown instanceof IssuerError)) throw thrown;
      return { kind: 'failed', provider, hosts, problem: thrown.fault };
    }
  });
}

/** What became of a provider. */
export type Outcome =
  | (Known & { readonly kind: 'unchanged' })
  | (Known & { readonly kind: 'would-change' | 'changed'; readonly next: readonly string[] })
  | Failed;

export interface Refresh {
  readonly dryRun: boolean;
  /** Whether a provider is still one to change, asked again just before. */
  readonly fits: (provider: Provider) => boolean;
  /** Aborted where nothing more is to be written. */
  readonly stop?: AbortSignal;
  /** Says why IAM did not take a change. */
  readonly explain: (thrown: unknown) => Problem;
}

/**
 * Writes the lists that need it, one after another, and returns what became of each provider. Each is read once more just
 * before: one that is not what it was, or no longer fits, is left alone. One that fails keeps no other from being written.
 */
export async function applyRefresh(
  examined: readonly Examined[],
  iam: Pick<ProviderReader, 'readProvider'> & ThumbprintWriter,
  refresh: Refresh,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of examined) {
    outcomes.push(one.kind === 'failed' ? one : await applyOne(one, iam, refresh));
  }
  return outcomes;
}

async function applyOne(
  { provider, hosts, next }: Known & { readonly next: readonly string[] | undefined },
  iam: Pick<ProviderReader, 'readProvider'> & ThumbprintWriter,
  { dryRun, fits, explain, stop }: Refresh,
): Promise<Outcome> {
  if (next === undefined) return { kind: 'unchanged', provider, hosts };
  if (dryRun) return { kind: 'would-change', provider, hosts, next };
  if (stop?.aborted === true) return { kind: 'failed', provider, hosts, problem: interrupted };
  try {
    const now = await iam.readProvider(provider.arn);
    if (now === undefined || !fits(now) || !hasSameList(now, provider)) {
      return { kind: 'failed', provider, hosts, problem: changedMeanwhile(provider, now) };
    }
    await iam.setThumbprints(provider.arn, next);
    return { kind: 'changed', provider, hosts, next };
  } catch (thrown) {
    return { kind: 'failed', provider, hosts, problem: explain(thrown) };
  }
}

/** Returns whether a provider's list holds a host's thumbprint. */
export function hasThumbprint(provider: Provider, { thumbprint }: HostThumbprint): boolean {
  return provider.thumbprints.some(one => isSame(one, thumbprint));
}

function hasSameList(one: Provider, other: Provider): boolean {
  return JSON.stringify(one.thumbprints) === JSON.stringify(other.thumbprints);
}

function changedMeanwhile({ arn }: Provider, now: Provider | undefined): Problem {
  return {
    code: 'ChangedMeanwhile',
    found: `${arn} ${now === undefined ? 'is gone' : 'was changed by somebody else'} since it was read.`,
    expected: 'the provider as the plan found it; nothing was written.',
    remedy: 'Run it again.',
  };
}

const interrupted: Problem = {
  code: 'Interrupted',
  found: 'The run was told to end (SIGINT or SIGTERM) before this provider was written to.',
  expected: 'to be left to finish.',
  remedy: 'Run it again: it goes on from what is there.',
};

/** Keeps the order. */
async function mapBounded<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [place, item] of queue) results[place] = await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, items.length) }, work));
  return results;
}
