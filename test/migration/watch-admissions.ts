import assert from 'node:assert/strict';
import { askTrust, type PolicyDocument } from '../fakes/trust-policy.ts';
import type { IamState } from '../fakes/iam-state.ts';
import {
  azp,
  entraAudience,
  entraSubject,
  entraUrl,
  oldAudience,
  oldSubject,
  oldUrl,
  type GeneratedFleet,
  type MadeConnection,
} from './fleet-generator.ts';

/** Claims as a token has them. */
interface Claims {
  readonly url: string;
  readonly sub: string;
  readonly aud: string;
  readonly azp?: string;
}

const entra = (sub: string, change: Partial<Claims> = {}): Claims => ({
  url: entraUrl,
  sub,
  aud: entraAudience,
  azp,
  ...change,
});
const old = (sub: string, url = oldUrl): Claims => ({ url, sub, aud: oldAudience });

const stranger = '77777777-7777-4777-8777-777777777777';
const current = (one: MadeConnection): Claims => (one.onEntra ? entra(entraSubject(one.id)) : old(oldSubject(one)));

/** Other apps of the tenant, other organizations in it, recreated connections, other projects and organizations. */
function listStrangers({ connections }: GeneratedFleet): readonly Claims[] {
  return [
    entra('5c6f0f43-6c3b-4a53-b7f7-3d1a3f2a1b11', { azp: '11111111-2222-4333-8444-555555555555' }),
    entra('5c6f0f43-6c3b-4a53-b7f7-3d1a3f2a1b11'),
    entra(entraSubject(stranger)),
    ...connections.flatMap(({ id, name }) => [
      entra(entraSubject(id, stranger)),
      entra(entraSubject(id), { url: `login.microsoftonline.com/${stranger}/v2.0` }),
      old(`sc://contoso/Elsewhere/${name}`),
      old(`sc://fabrikam/Payments/${name}`),
      old(`sc://contoso/Payments/${name}`, `vstoken.dev.azure.com/${stranger}`),
    ]),
  ];
}

/** Both readings of `azp`, since AWS documents neither. */
const readings = ['azp-first', 'aud-only'] as const;

function isAdmitted(state: IamState, policy: string, claims: Claims, reading: (typeof readings)[number]): boolean {
  const aud = reading === 'azp-first' ? (claims.azp ?? claims.aud) : claims.aud;
  const provider = state.providers.find(({ url }) => url === claims.url);
  if (provider?.clientIds.includes(aud) !== true) return false;
  const key = claims.url.toLowerCase();
  const context = new Map([
    [`${key}:sub`, [claims.sub]],
    [`${key}:aud`, [aud]],
    [`${key}:oaud`, [claims.aud]],
    ['aws:securetransport', ['true']],
    ['sts:rolesessionname', ['infra-1']],
  ]);
  const caller = {
    kind: 'federated',
    providerArn: `arn:aws:iam::${state.accountId}:oidc-provider/${claims.url}`,
  } as const;
  const question = { action: 'sts:AssumeRoleWithWebIdentity', caller, context };
  return askTrust(JSON.parse(policy) as PolicyDocument, question) === 'allowed';
}

export interface Watch {
  /** Fails where a connection that got in does no longer, or somebody gets in who is not meant to. */
  check(moment: string): void;
  /** Whether every role that admits the connection today would admit it on the Entra issuer. */
  isReady(connection: MadeConnection): boolean;
  /** How many pairs of role and connection get in. */
  count(): number;
}

/** Watches who gets in, by a reading of policies that shares no code with the product. */
export function watchAdmissions(fleet: GeneratedFleet, state: IamState): Watch {
  const admits = (role: string, claims: Claims): boolean => {
    const policy = state.roles.find(({ name }) => name === role)?.trustPolicy ?? '';
    return readings.every(reading => isAdmitted(state, policy, claims, reading));
  };
  const admitsAnyhow = (role: string, claims: Claims): boolean => {
    const policy = state.roles.find(({ name }) => name === role)?.trustPolicy ?? '';
    return readings.some(reading => isAdmitted(state, policy, claims, reading));
  };
  const pairs = fleet.roles.flatMap(({ name: role }) => fleet.connections.map(connection => ({ role, connection })));
  const served = pairs.filter(({ role, connection }) => admits(role, current(connection)));
  const twins = pairs.filter(
    ({ role, connection }) => !connection.onEntra && admits(role, old(oldSubject(connection))),
  );
  const strangers = [
    ...listStrangers(fleet),
    ...fleet.connections.flatMap(one => [entra(entraSubject(one.id)), old(oldSubject(one))]),
  ];
  const barred = fleet.roles.flatMap(({ name: role }) =>
    strangers
      .filter(claims => !admitsAnyhow(role, claims))
      .filter(
        ({ url, sub }) =>
          !twins.some(one => one.role === role && url === entraUrl && entraSubject(one.connection.id) === sub),
      )
      .map(claims => ({ role, claims })),
  );
  let checked = '';
  return {
    check: moment => {
      // What did not change was checked already.
      const now = JSON.stringify([state, fleet.connections]);
      if (now === checked) return;
      checked = now;
      for (const { role, connection } of served) {
        assert.ok(
          admits(role, current(connection)),
          `${moment}: ${role} refuses ${connection.project}/${connection.name}`,
        );
      }
      for (const { role, claims } of barred) {
        assert.ok(!admitsAnyhow(role, claims), `${moment}: ${role} admits ${claims.url} ${claims.sub}`);
      }
    },
    isReady: connection =>
      served
        .filter(one => one.connection === connection)
        .every(({ role }) => admits(role, entra(entraSubject(connection.id)))),
    count: () => served.length,
  };
}
