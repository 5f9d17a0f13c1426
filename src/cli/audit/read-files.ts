import { resolve } from 'node:path';
import type { openInventory, RoleTrust } from '../../trust/inventory/judge-roles.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import { asFailure } from '../terminal/failure.ts';
import { maxListBytes, readInputFile } from '../terminal/input-file.ts';
import { locateLines } from '../trust-files/locate.ts';
import { explainFileAccount } from '../trust-files/file-options.ts';
import { readTrustFile } from '../trust-files/read-trust-file.ts';
import { findAccount, type FilePath, type TrustSource } from '../trust-files/trust-source.ts';
import type { AuditedFile, AuditedRole } from './audited.ts';
import { describeRole, type Names } from './describe-role.ts';
import { describeReach } from './reach.ts';
import { explainRepeated, type FileRole } from './repeated-roles.ts';

export interface FileReading {
  /** What `AWS::AccountId` stands for, and whose roles they are where the file does not say. */
  readonly account: Account | undefined;
  readonly judge: ReturnType<typeof openInventory>;
  readonly names: Names;
}

/** What files hold, and what to know about them besides. */
export interface ReadFiles {
  readonly files: readonly AuditedFile[];
  readonly warnings: readonly string[];
}

/** Returns what files hold, each once; one that cannot be read is there with its errors, and is unknown. */
export async function readFiles(paths: readonly string[], reading: FileReading): Promise<ReadFiles> {
  const files: AuditedFile[] = [];
  const roles: FileRole[] = [];
  // The same file by another spelling of its path; `-` is standard input.
  const distinct = new Map(paths.map(path => [path === '-' ? path : resolve(path), path]));
  for (const path of distinct.values()) files.push(await readOne(path, reading, one => roles.push(one)));
  return { files, warnings: [...explainFileAccount(reading.account, roles), ...explainRepeated(roles)] };
}

async function readOne(file: string, reading: FileReading, onRole: (role: FileRole) => void): Promise<AuditedFile> {
  try {
    const text = await readInputFile('--file', file, maxListBytes);
    const sources = readTrustFile(text, reading.account);
    const judged = sources.map(source => ({ source, trust: judgeSource(source, reading) }));
    judged.forEach(({ source, trust }) => {
      onRole({ arn: source.role?.arn, file, trust });
    });
    const locate = openLines(text, judged);
    const roles = judged.flatMap(({ source, trust }) =>
      describeSource(source, trust, { file, locate, names: reading.names }),
    );
    return { file, errors: [], seen: sources.length, roles };
  } catch (thrown) {
    return { file, errors: asFailure(thrown).inFile(file).problems, seen: 0, roles: [] };
  }
}

function judgeSource(source: TrustSource, { account, judge }: FileReading): RoleTrust {
  const { document, unresolved } = source;
  if (unresolved.length > 0) {
    return {
      state: 'unknown',
      why: `its trust policy has values that are known only after deployment (${unresolved.slice(0, 3).join(', ')})`,
    };
  }
  return judge({ account: findAccount(source, account), providers: undefined, trustPolicy: document });
}

interface JudgedSource {
  readonly source: TrustSource;
  readonly trust: RoleTrust;
}

type Locate = (path: FilePath) => number;

/** Looks once through a file for all that is to be named by its line. */
function openLines(text: string, judged: readonly JudgedSource[]): Locate {
  const paths = judged.flatMap(({ source, trust }) => {
    const findings = trust.state === 'judged' ? trust.findings : [];
    return [source.path, ...findings.map(one => pathOf(source, trust, one.statement?.index))];
  });
  const lines = locateLines(text, paths);
  const known = new Map(paths.map((path, index) => [JSON.stringify(path), lines[index] ?? 1]));
  return path => known.get(JSON.stringify(path)) ?? 1;
}

function pathOf({ path }: TrustSource, trust: RoleTrust, index: number | undefined): FilePath {
  if (index === undefined || trust.state !== 'judged') return path;
  return Array.isArray(trust.document.Statement) ? [...path, 'Statement', index] : [...path, 'Statement'];
}

function describeSource(
  source: TrustSource,
  trust: RoleTrust,
  { file, locate, names }: { readonly file: string; readonly locate: Locate; readonly names: Names },
): readonly AuditedRole[] {
  const { role, where, policies } = source;
  const described = describeRole(
    {
      role: role ?? { name: where === '$' ? file : where },
      place: { file, line: locate(source.path), where },
      trust,
      reach: policies === undefined ? null : describeReach(policies),
      lines: index => locate(pathOf(source, trust, index)),
    },
    names,
  );
  return described === undefined ? [] : [described];
}
