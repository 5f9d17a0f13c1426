import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { federation, names } from '../../test/bundles/scene.ts';
import type { NodeBinary } from '../machine.ts';
import type { Contender, Ran } from '../measure.ts';
import type { Bench } from '../suites/suite.ts';

const provider = federation.entra.issuer.replace('https://', '');

/** What all statements but the last are: right, for other connections, or each with a mistake to report. */
export type Others = 'sound' | 'wrong';

const subjectOf: Readonly<Record<Others, (place: number) => string>> = {
  sound: place => federation.entra.subject.replace(/.{4}$/, String(place).padStart(4, '0')),
  // Names are the other issuer's.
  wrong: place => `sc://contoso/Platform/connection-${place}`,
};

/** Returns a diagnosis of a token against a trust policy of so many statements, of which the last lets it in. */
export function planStatements(
  count: number,
  others: Others,
  { packed, folder, standIns }: Bench,
  node: NodeBinary,
): Contender {
  const [policy, token] = [join(folder, `policy-${others}-${count}.json`), join(folder, 'token.jwt')];
  writeFileSync(policy, JSON.stringify(describePolicy(count, others)));
  writeFileSync(token, standIns.sampleToken);
  return {
    name: `${count} ${others} statements`,
    file: node.path,
    args: [packed.commandLine, 'diagnose', '--token-file', token, '--trust-policy-file', policy, '--json'],
    environment: {},
    findFault: findDiagnosisFault,
  };
}

function describePolicy(count: number, others: Others) {
  const subjects = Array.from({ length: count - 1 }, (_, place) => subjectOf[others](place));
  return {
    Version: '2012-10-17',
    Statement: [...subjects, federation.entra.subject].map(subject => ({
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${names.accountId}:oidc-provider/${provider}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${provider}:sub`]: subject,
          [`${provider}:aud`]: ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'],
        },
      },
    })),
  };
}

function findDiagnosisFault({ exitCode, stdout, stderr }: Ran): string | undefined {
  if (exitCode !== 0 && exitCode !== 1) return `ended with exit code ${exitCode ?? 'none'}: ${stderr}`;
  return stdout.includes('"decision": "allowed"') ? undefined : 'did not find that the token is let in';
}
