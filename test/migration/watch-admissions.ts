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
/** What requests say besides: as pipelines do, and otherwise, so that other conditions count as well. */
const surroundings = [
  { 'aws:viaawsservice': 'true', 'sts:rolesessionname': 'infra-1' },
  { 'aws:viaawsservice': 'false', 'sts:rolesessionname': 'infra-1' },
  { 'aws:viaawsservice': 'true', 'sts:rolesessionname': 'someone-else' },
] as const;

interface Way {
  readonly reading: (typeof readings)[number];
  readonly around: (typeof surroundings)[number];
}

const ways: readonly Way[] = surroundings.flatMap(around => readings.map(reading => ({ reading, around })));

/** A policy, and what it was asked already: a fleet asks the same of it after every call. */
interface AskedPolicy {
  readonly policy: PolicyDocument;
  readonly answers: Map<string, boolean>;
}

const asked = new Map<string, AskedPolicy>();

function openPolicy(text: string): AskedPolicy {
  const found = asked.get(text) ?? { policy: JSON.parse(text) as PolicyDocument, answers: new Map<string, boolean>() };
  asked.set(text, found);
  return found;
}

function isAdmitted(state: IamState, { policy, answers }: AskedPolicy, claims: Claims, way: Way): boolean {
  const aud = way.reading === 'azp-first' ? (claims.azp ?? claims.aud) : claims.aud;
  const provider = state.providers.find(({ url }) => url === claims.url);
  if (provider?.clientIds.includes(aud) !== true) return false;
  const question = [state.accountId, claims.url, claims.sub, claims.aud, aud, ways.indexOf(way)].join(' ');
  const answer = answers.get(question) ?? ask(state, policy, { ...claims, seen: aud }, way);
  answers.set(question, answer);
  return answer;
}

function ask(
  state: IamState,
  policy: PolicyDocument,
  claims: Claims & { readonly seen: string },
  { around }: Way,
): boolean {
  const key = claims.url.toLowerCase();
  const context = new Map<string, readonly string[]>([
    ['aws:viaawsservice', [around['aws:viaawsservice']]],
    ['sts:rolesessionname', [around['sts:rolesessionname']]],
    [`${key}:sub`, [claims.sub]],
    [`${key}:aud`, [claims.seen]],
    [`${key}:oaud`, [claims.aud]],
  ]);
  const caller = {
    kind: 'federated',
    providerArn: `arn:aws:iam::${state.accountId}:oidc-provider/${claims.url}`,
  } as const;
  return askTrust(policy, { action: 'sts:AssumeRoleWithWebIdentity', caller, context }) === 'allowed';
}

export interface Watch {
  /** Fails where a connection that got in does no longer, or somebody gets in who is not meant to. */
  check(moment: string): void;
  /** Whether every role that admits the connection today would admit it on the Entra issuer. */
  isReady(connection: MadeConnection): boolean;
  /** How many pairs of role and connection get in. */
  count(): number;
}

/** Watches who gets in, by a reading of policies that shares no code with the product; some may lose their trust. */
export function watchAdmissions(
  fleet: GeneratedFleet,
  state: IamState,
  mayLose: (trustPolicy: string, connection: MadeConnection) => boolean = () => false,
): Watch {
  const readPolicies = (): ReadonlyMap<string, AskedPolicy> =>
    new Map(state.roles.map(({ name, trustPolicy }) => [name, openPolicy(trustPolicy)]));
  const createAdmits = () => {
    const policies = readPolicies();
    return (role: string, claims: Claims, way: Way): boolean => {
      const policy = policies.get(role);
      return policy !== undefined && isAdmitted(state, policy, claims, way);
    };
  };
  const admits = createAdmits();
  const pairs = fleet.roles.flatMap(({ name: role }) => fleet.connections.map(connection => ({ role, connection })));
  const all = pairs.flatMap(pair => ways.map(way => ({ ...pair, way })));
  const texts = new Map(state.roles.map(({ name, trustPolicy }) => [name, trustPolicy]));
  const kept = all.filter(({ role, connection }) => !mayLose(texts.get(role) ?? '', connection));
  const served = kept.filter(({ role, connection, way }) => admits(role, current(connection), way));
  const twins = new Set(
    served
      .filter(({ connection }) => !connection.onEntra && !connection.toolkit)
      .map(one => nameTwin(one.role, entraSubject(one.connection.id), one.way)),
  );
  const strangers = [
    ...listStrangers(fleet),
    ...fleet.connections.flatMap(one => [entra(entraSubject(one.id)), old(oldSubject(one))]),
  ];
  const barred = fleet.roles
    .flatMap(({ name: role }) => strangers.flatMap(claims => ways.map(way => ({ role, claims, way }))))
    .filter(({ role, claims, way }) => !admits(role, claims, way))
    .filter(({ role, claims, way }) => claims.url !== entraUrl || !twins.has(nameTwin(role, claims.sub, way)));
  const checked = new Map<string, string>();
  /** What did not change was checked already. */
  const listChanged = (): ReadonlySet<string> => {
    const rest = JSON.stringify([state.providers, fleet.connections]);
    const changed = state.roles.filter(({ name, trustPolicy }) => checked.get(name) !== `${trustPolicy} ${rest}`);
    for (const { name, trustPolicy } of changed) checked.set(name, `${trustPolicy} ${rest}`);
    return new Set(changed.map(({ name }) => name));
  };
  return {
    check: moment => {
      const changed = listChanged();
      const admitsNow = createAdmits();
      for (const { role, connection, way } of served.filter(one => changed.has(one.role))) {
        const name = `${connection.project}/${connection.name}`;
        assert.ok(admitsNow(role, current(connection), way), `${moment}: ${role} refuses ${name}`);
      }
      for (const { role, claims, way } of barred.filter(one => changed.has(one.role))) {
        assert.ok(!admitsNow(role, claims, way), `${moment}: ${role} admits ${claims.url} ${claims.sub}`);
      }
    },
    isReady: connection => {
      const admitsNow = createAdmits();
      return served
        .filter(one => one.connection === connection)
        .every(({ role, way }) => admitsNow(role, entra(entraSubject(connection.id)), way));
    },
    count: () => served.length,
  };
}

function nameTwin(role: string, subject: string, way: Way): string {
  return `${role} ${subject} ${ways.indexOf(way)}`;
}
