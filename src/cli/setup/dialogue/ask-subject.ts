import { parseSubject, type Subject } from '../../../identity/issuer.ts';
import { requireNamedConnections, type ConnectionOptions } from '../../connections/options.ts';
import { wrongUsage } from '../../terminal/failure.ts';
import type { Questions } from '../../terminal/questions.ts';

type Named = Extract<Subject, { kind: 'connection-name' | 'connection-id' }>;

/**
 * Returns the options that name a connection offline, from the subject that its page shows. Names that were given have to be
 * those of the subject.
 */
export async function askSubject(given: ConnectionOptions, questions: Questions): Promise<ConnectionOptions> {
  questions.say(
    'AZURE_DEVOPS_EXT_PAT is not set, so the connection cannot be looked up. Open the service connection in Project settings, and ' +
      'copy its subject identifier from there.',
  );
  const text = await questions.askText({
    title: 'Subject identifier of the service connection',
    check: answer => {
      readSubject(answer, given);
    },
  });
  const subject = readSubject(text, given);
  if (subject.kind === 'connection-name') return askRetiringIds(subject, questions);
  const { organizationId, tenantId, connectionId } = subject;
  const connection = given.connection ?? [
    await questions.askText({
      title: 'Name of the service connection, for the pipeline',
      check: name => {
        if (name === '') throw wrongUsage('The name is empty.', "the service connection's name.");
      },
    }),
  ];
  return { organizationId, tenantId, connectionId: [connectionId], connection };
}

/** The subject of the retiring issuer names all except the organization's id, which its issuer ends in. */
async function askRetiringIds(
  { organization, project, connection }: Extract<Named, { kind: 'connection-name' }>,
  questions: Questions,
): Promise<ConnectionOptions> {
  const name = (organizationId: string) => ({ organizationId, organization, project, connection: [connection] });
  const organizationId = await questions.askText({
    title: 'Organization ID: the GUID at the end of the issuer URL on the same page',
    check: answer => {
      requireNamedConnections(name(answer));
    },
  });
  return name(organizationId);
}

function readSubject(text: string, { project, connection = [], tenantId }: ConnectionOptions): Named {
  const subject = parseSubject(text);
  if (subject.kind !== 'connection-name' && subject.kind !== 'connection-id') {
    throw wrongUsage(
      'This is not the subject identifier of a service connection.',
      'text that starts with /eid1/c/pub/t/ or sc://, as shown on that page.',
    );
  }
  const differ =
    subject.kind === 'connection-id'
      ? differs(tenantId?.toLowerCase(), subject.tenantId)
      : differs(project, subject.project) || differs(connection[0], subject.connection);
  if (!differ) return subject;
  throw wrongUsage(
    'This is the subject of a different service connection from the one in the options.',
    'the subject of the connection in the options.',
  );
}

function differs(given: string | undefined, read: string): boolean {
  return given !== undefined && given !== read;
}
