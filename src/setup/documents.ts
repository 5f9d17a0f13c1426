import { expectAfter } from './expect.ts';
import type { IamChange, ProviderState } from '../account/iam.ts';
import type { SavedDocument } from '../account/saved-documents.ts';
import type { Standing } from './standing.ts';

/** Returns the documents that changes touch, as they are and as they will be. Rights and tags of roles are none of them. */
export function listDocuments(changes: readonly IamChange[], standing: Standing): readonly SavedDocument[] {
  const after = changes.reduce(expectAfter, standing);
  const arns = new Set(changes.flatMap(change => (isOfProvider(change) ? change.arn : [])));
  const names = new Set(
    changes.flatMap(change => {
      if (change.kind === 'create-role') return change.name;
      return change.kind === 'set-trust-policy' ? change.roleName : [];
    }),
  );
  return [
    ...[...arns].map(arn => ({
      kind: 'provider' as const,
      arn,
      before: find(standing, arn) ?? null,
      after: find(after, arn) ?? null,
    })),
    ...[...names].map(roleName => ({
      kind: 'trust-policy' as const,
      roleName,
      before: standing.role?.trustPolicy ?? null,
      after: after.role?.trustPolicy ?? '',
    })),
  ];
}

export type ProviderChange = Exclude<Extract<IamChange, { readonly arn: string }>, { readonly kind: 'create-role' }>;

export type RoleChange = Exclude<IamChange, ProviderChange>;

/** Returns whether a change is one of an OIDC provider. */
export function isOfProvider(change: IamChange): change is ProviderChange {
  return 'arn' in change && change.kind !== 'create-role';
}

function find({ providers }: Standing, arn: string): ProviderState | undefined {
  return providers.find(one => one.arn === arn);
}
