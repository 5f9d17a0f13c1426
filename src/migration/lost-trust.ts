import { isSame } from './safety.ts';
import { readIdentity, type Identity } from '../identity/audience.ts';
import { parseClaimKey } from '../trust/web-identity.ts';
import { judgeAdmission, ranks } from '../trust/admission.ts';
import type { Fleet, FleetConnection } from './fleet/connections.ts';
import type { AccountState } from '../account/state.ts';
import { listLiterals, listCurrent, readRoleTrust, type RoleTrust } from './role-trust.ts';

/** An identity that a role allows, or may, and would not any more. */
export interface LostTrust {
  readonly roleArn: string;
  readonly identity: Identity;
  /** The connection that was seen to have it; undefined if it is not known whose it is. */
  readonly connection: FleetConnection | undefined;
}

/**
 * Returns who would be denied that is allowed now, by provider, client IDs and trust policy: the identities that the
 * connections have today, and the subjects of the Entra issuer that roles name, which may be in use unless they were seen to
 * be those of connections that are not converted yet. Without a fleet all that is named may be.
 */
export function listLostTrust(now: AccountState, later: AccountState, fleet: Fleet | undefined): readonly LostTrust[] {
  const connections = fleet?.connections ?? [];
  const current = connections.flatMap(connection =>
    listCurrent(connection).map(identity => ({ connection, identity })),
  );
  const owned = connections.flatMap(({ old, next }) => [...old, ...(next === undefined ? [] : [next])]);
  return now.roles.flatMap(role => {
    const trust = readRoleTrust(role);
    const after = later.roles.find(({ arn }) => arn === role.arn);
    const trustAfter = after && readRoleTrust(after);
    if (trust === undefined || trustAfter === undefined) return [];
    const named = listNamedEntra(trust)
      .filter(identity => !owned.some(one => isSame(one, identity)))
      .map(identity => ({ connection: undefined, identity }));
    return [...current, ...named]
      .filter(({ identity }) => {
        const [before, then] = [
          judgeAdmission(trust.policy, identity, now),
          judgeAdmission(trustAfter.policy, identity, later),
        ];
        return ranks[then.decision] < ranks[before.decision];
      })
      .map(one => ({ roleArn: role.arn, ...one }));
  });
}

/** The identities on the Entra issuer that a policy names character by character. */
function listNamedEntra({ policy }: RoleTrust): readonly Identity[] {
  const named = policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ conditions }) => conditions)
    .flatMap(condition => {
      const key = parseClaimKey(condition.key);
      if (key?.claim.toLowerCase() !== 'sub') return [];
      return listLiterals(condition, policy.version).flatMap(
        sub => readIdentity({ iss: `https://${key.prefix.toLowerCase()}`, sub }) ?? [],
      );
    })
    .filter(({ issuer }) => issuer.kind === 'entra');
  return named.filter((one, place) => named.findIndex(other => isSame(one, other)) === place);
}
