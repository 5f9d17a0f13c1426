import { classifyConnection } from '../../src/identity/connection-kinds.ts';
import type { SeenConnection } from '../../src/migration/fleet/connections.ts';
import type { IamProvider, IamRole } from '../fakes/iam-state.ts';

/** A made-up organization with its connections, and an account with its roles: grown from a number. */
export interface GeneratedFleet {
  readonly connections: MadeConnection[];
  /** Whether hidden connections are not counted. */
  readonly silent: boolean;
  readonly roles: readonly IamRole[];
  readonly providers: readonly IamProvider[];
}

export interface MadeConnection {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly environment: string;
  /** Whether it is hidden from the token of the migration. */
  readonly hidden: boolean;
  /** Whether it was on the Entra issuer from the beginning: made again under its name. */
  readonly native: boolean;
  /** Whether it is of the AWS Toolkit's type, whose tokens are of the old issuer for good. */
  readonly toolkit: boolean;
  onEntra: boolean;
}

export const organization = { name: 'contoso', id: '0ca3ddd9-f0b0-4635-a98c-5866526961b6' };
export const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
export const accountId = '111111111111';
export const oldUrl = `vstoken.dev.azure.com/${organization.id}`;
export const entraUrl = `login.microsoftonline.com/${tenantId}/v2.0`;
export const oldArn = `arn:aws:iam::${accountId}:oidc-provider/${oldUrl}`;
export const entraArn = `arn:aws:iam::${accountId}:oidc-provider/${entraUrl}`;
export const githubArn = `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`;
export const oldAudience = 'api://AzureADTokenExchange';
export const azp = '499b84ac-1321-427f-aa17-267ca6975798';
export const entraAudience = 'fb60f99c-7a34-4190-8149-302f77469936';
const action = 'sts:AssumeRoleWithWebIdentity';

export const oldSubject = ({ project, name }: Pick<MadeConnection, 'project' | 'name'>): string =>
  `sc://contoso/${project}/${name}`;
/** The tenant's part was written down once, from a token. */
export const entraSubject = (id: string, organizationId = organization.id): string =>
  `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${id}`;

const toolkitType = { type: 'AWS', scheme: 'ms.vss-endpoint.endpoint-auth-scheme-basic', useOidc: 'true' };
const unshown = { tenantId: undefined, environment: undefined, issuer: undefined, subject: undefined };

/** What a project shows of a connection. */
export function show(connection: MadeConnection): SeenConnection {
  const { id, project, name, environment, onEntra, toolkit } = connection;
  if (toolkit) return { ...unshown, id, project, name, kind: classifyConnection(toolkitType), type: toolkitType.type };
  return {
    id,
    project,
    name,
    environment,
    tenantId,
    issuer: onEntra ? `https://${entraUrl}` : `https://${oldUrl}`,
    subject: onEntra ? entraSubject(id) : oldSubject(connection),
  };
}

/** The same numbers for the same seed (mulberry32). */
export function createChance(seed: number) {
  let state = seed * 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    happens: (share: number): boolean => next() < share,
    pick: <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0],
    some: <T>(list: readonly T[], share: number): T[] => list.filter(() => next() < share),
  };
}

type Chance = ReturnType<typeof createChance>;

const names = ['aws', 'AWS', 'aws/prod', 'dépl-ø', 'a${b}', 'a*', '名', 'network'] as const;
const projects = ['Payments', 'Data Lake', 'infra'] as const;

/** Every fifth fleet is tidy: nothing hidden, only exact subjects, all of it convertible. */
export const isTidy = (seed: number): boolean => seed % 5 === 0;

/** Of some fleets Azure DevOps does not even count the hidden connections, as with whole projects. */
export const isSilent = (seed: number): boolean => seed % 3 === 0;

/** Returns whether a policy names a connection's subject, rather than match it. */
export const namesSubject = (trustPolicy: string, connection: MadeConnection): boolean =>
  [quote, quoteAll].some(write =>
    JSON.stringify(JSON.parse(trustPolicy)).includes(JSON.stringify(write(oldSubject(connection)))),
  );

/** Returns the fleet of a seed. */
export function generateFleet(seed: number): GeneratedFleet {
  const chance = createChance(seed);
  const tidy = isTidy(seed);
  const connections = projects.flatMap((project, at) =>
    chance.some(names, 0.45).map((name, place): MadeConnection => {
      const native = !tidy && chance.happens(0.12);
      const id = `00000000-0000-4000-8000-${String(seed * 1000 + at * 100 + place).padStart(12, '0')}`;
      const environment = !tidy && !native && chance.happens(0.12) ? 'AzureUSGovernment' : 'AzureCloud';
      const hidden = !tidy && chance.happens(0.12);
      // Not by chance, so that the other fleets stay what they are.
      const toolkit = !tidy && !native && environment === 'AzureCloud' && (seed + at * 2 + place) % 6 === 0;
      return { id, project, name, environment, native, hidden, toolkit, onEntra: native };
    }),
  );
  const providers: IamProvider[] = [
    { url: oldUrl, clientIds: [oldAudience], tags: tidy || chance.happens(0.5) ? { 'managed-by': 'aws-wif' } : {} },
    { url: 'token.actions.githubusercontent.com', clientIds: ['sts.amazonaws.com'] },
  ];
  if (chance.happens(0.5)) {
    const clientIds = chance.pick([[azp], [entraAudience], [azp, entraAudience]]);
    providers.push({ url: entraUrl, clientIds });
  }
  const count = 3 + chance.below(4);
  const roles = Array.from({ length: count }, (_, place) => ({
    name: `role-${place}`,
    path: chance.pick(['/', '/teams/']),
    trustPolicy: tidy ? makeTidyPolicy(chance, connections) : makePolicy(chance, connections),
  }));
  return { connections, roles, providers, silent: isSilent(seed) };
}

function makePolicy(chance: Chance, connections: readonly MadeConnection[]): unknown {
  const statements = Array.from({ length: 1 + chance.below(3) }, () => makeStatement(chance, connections));
  const others: unknown[] = [];
  if (chance.happens(0.4)) {
    others.push({
      Sid: 'Humans',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'sts:AssumeRole',
    });
  }
  if (chance.happens(0.2)) others.push(makeDeny(chance, connections));
  const list = chance.happens(0.5) ? [...statements, ...others] : [...others, ...statements];
  const Statement = list.length === 1 && chance.happens(0.5) ? list[0] : list;
  return { ...(chance.happens(0.3) ? { Id: 'kept' } : {}), Version: '2012-10-17', Statement };
}

function makeTidyPolicy(chance: Chance, connections: readonly MadeConnection[]): unknown {
  const group = chance.some(connections, 0.4);
  const Condition = {
    StringEquals: { [`${oldUrl}:sub`]: group.map(one => quote(oldSubject(one))), [`${oldUrl}:aud`]: oldAudience },
  };
  const Statement =
    group.length === 0 ? [] : [{ Effect: 'Allow', Principal: { Federated: oldArn }, Action: action, Condition }];
  const service = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
  return { Version: '2012-10-17', Statement: [...Statement, service] };
}

const quote = (text: string): string => text.replace(/\$(?=\{)/g, '${$}');
const quoteAll = (text: string): string => quote(text).replace(/\*/g, '${*}');

function makeStatement(chance: Chance, connections: readonly MadeConnection[]): unknown {
  const named = chance.some(connections, 0.35).map(one => quote(oldSubject(one)));
  const subjects = chance.happens(0.2) || named.length === 0 ? [...named, 'sc://contoso/Gone/away'] : named;
  const values = subjects.length === 1 && chance.happens(0.5) ? subjects[0] : subjects;
  const aud = chance.pick([{ [`${oldUrl}:aud`]: oldAudience }, { [`${oldUrl}:aud`]: [oldAudience] }, {}]);
  const sub = `${chance.pick([oldUrl, oldUrl, oldUrl.toUpperCase()])}:sub`;
  const pattern = `sc://contoso/${chance.pick(projects)}/*`;
  const direct = { Bool: { 'aws:ViaAWSService': 'true' } };
  const Condition = chance.pick([
    { StringEquals: { [sub]: values, ...aud } },
    { StringEquals: { ...aud, [sub]: values } },
    { StringEquals: { [sub]: values, ...aud }, ...direct },
    { StringEqualsIfExists: { [sub]: values }, ...direct },
    { 'ForAnyValue:StringEquals': { [sub]: values } },
    { StringLike: { [sub]: chance.some(connections, 0.4).map(one => quoteAll(oldSubject(one))) }, StringEquals: aud },
    { StringLike: { [sub]: pattern }, StringEquals: aud },
    { StringLike: { [sub]: [pattern, ...subjects] } },
    { StringEquals: { [sub]: values }, StringNotEquals: { [sub]: chance.some(subjects, 0.3) } },
    { StringEquals: { [`${oldUrl}:aud`]: oldAudience } },
    { StringEquals: { [sub]: values, [`${oldUrl}:oaud`]: oldAudience } },
    { StringEquals: { [sub]: values, 'sts:RoleSessionName': 'infra-1' } },
  ]);
  const Federated = chance.pick<string | string[]>([oldArn, oldArn, oldArn, [oldArn], [oldArn, githubArn]]);
  const Principal = chance.happens(0.1) ? { Federated, AWS: `arn:aws:iam::${accountId}:role/other` } : { Federated };
  const Action = chance.pick<string | string[]>([action, [action], [action, 'sts:TagSession'], 'sts:AssumeRole*']);
  const sid = chance.happens(0.3) ? { Sid: `S${chance.below(100_000)}` } : {};
  return { ...sid, Effect: 'Allow', Principal, Action, Condition };
}

function makeDeny(chance: Chance, connections: readonly MadeConnection[]): unknown {
  const [one] = chance.some(connections, 0.5);
  const subject = quote(one === undefined ? 'sc://contoso/Gone/away' : oldSubject(one));
  return {
    Effect: 'Deny',
    Principal: chance.pick<unknown>(['*', { Federated: oldArn }]),
    Action: action,
    Condition: chance.pick<unknown>([
      { StringEquals: { [`${oldUrl}:sub`]: subject } },
      { StringNotLike: { [`${oldUrl}:sub`]: 'sc://contoso/*' } },
      { Bool: { 'aws:ViaAWSService': 'false' } },
    ]),
  };
}
