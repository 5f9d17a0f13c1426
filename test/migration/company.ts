import type { Fleet, SeenConnection } from '../../src/migration/fleet/connections.ts';
import { describeFleet } from '../../src/migration/fleet/describe-fleet.ts';
import type { AccountState } from '../../src/account/state.ts';
import {
  accountId,
  azp,
  entraArn,
  entraAudience,
  entraSubject,
  entraUrl,
  oldArn,
  oldAudience,
  oldSubject,
  oldUrl,
  organization,
  show,
  tenantId,
  type MadeConnection,
} from './fleet-generator.ts';

export {
  accountId,
  azp,
  entraArn,
  entraAudience,
  entraSubject,
  entraUrl,
  oldArn,
  oldAudience,
  oldUrl,
  organization,
  tenantId,
};

const made = (number: number, name: string, change: Partial<MadeConnection> = {}): MadeConnection => ({
  id: `00000000-0000-4000-8000-00000000000${number}`,
  project: 'Payments',
  name,
  environment: 'AzureCloud',
  hidden: false,
  native: false,
  toolkit: false,
  onEntra: false,
  ...change,
});

/** Two that are to be converted, one that is, one of another cloud. */
export const aws = made(1, 'aws');
export const network = made(2, 'network');
export const converted = made(3, 'converted', { onEntra: true });
export const toolkit = made(5, 'toolkit', { toolkit: true });
export const gov = made(4, 'gov', { environment: 'AzureUSGovernment' });
export const seen: readonly SeenConnection[] = [aws, network, converted, gov].map(show);
export const subjects = {
  aws: oldSubject(aws),
  network: oldSubject(network),
  converted: oldSubject(converted),
  gov: oldSubject(gov),
};
export const nexts = {
  aws: entraSubject(aws.id),
  network: entraSubject(network.id),
  converted: entraSubject(converted.id),
};

/** What a token sees, with changes; a tenant of null is none that is given. */
export function see(all: readonly SeenConnection[] = seen, tenant: string | null = tenantId, hidden = 0): Fleet {
  return describeFleet(all, organization, tenant ?? undefined, hidden);
}

/** An Allow for the old provider. */
export function allow(condition: unknown, more: object = {}): Record<string, unknown> {
  return {
    Effect: 'Allow',
    Principal: { Federated: oldArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
    ...more,
  };
}

export const onSubject = (values: unknown) => ({ StringEquals: { [`${oldUrl}:sub`]: values } });

/** Its twin. */
export function twin(values: unknown, condition: Record<string, object> = {}, more: object = {}): unknown {
  const StringEquals = {
    ...condition['StringEquals'],
    [`${entraUrl}:aud`]: [azp, entraAudience],
    [`${entraUrl}:sub`]: values,
  };
  return {
    Sid: 'AwsWifEntra',
    Effect: 'Allow',
    Principal: { Federated: entraArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { ...condition, StringEquals },
    ...more,
  };
}

export const policyOf = (...statements: readonly unknown[]) => ({ Version: '2012-10-17', Statement: statements });

/** An account with one role, and both providers. */
export function accountOf(policy: unknown, change: Partial<AccountState> = {}): AccountState {
  const provider = (arn: string, url: string, clientIds: readonly string[]) => ({
    arn,
    url,
    clientIds,
    thumbprints: [],
    tags: {},
  });
  const trustPolicy = typeof policy === 'string' ? policy : JSON.stringify(policy);
  return {
    account: { partition: 'aws', accountId },
    roles: [{ arn: `arn:aws:iam::${accountId}:role/deploy`, name: 'deploy', path: '/', trustPolicy }],
    providers: [provider(oldArn, oldUrl, [oldAudience]), provider(entraArn, entraUrl, [azp, entraAudience])],
    ...change,
  };
}
