import { checkFiles, type Files } from './check-files.ts';
import { compareInputs } from './check-inputs.ts';
import { checkManifest, viewManifest } from './check-manifest.ts';
import { checkMetadata } from './check-metadata.ts';
import { checkSchema } from './check-schema.ts';
import { checkTask } from './check-task.ts';
import { readRepository } from './public-address.ts';
import { formatFinding, type Finding } from './finding.ts';
import { viewTask } from './task-view.ts';

/** Everything that a package is judged by. */
export type PackageParts = {
  readonly task: unknown;
  readonly manifest: unknown;
  readonly version: string;
  readonly files: Files;
  readonly packageBytes: number;
  /** The inputs that the code reads; undefined if that is not known. */
  readonly inputNames?: readonly string[] | undefined;
  /** The published schema of task.json; undefined if it is not at hand. */
  readonly schema?: object | undefined;
};

/** All that is wrong with a package; an empty list for one that may be published. */
export function checkPackage(parts: PackageParts): readonly Finding[] {
  const task = viewTask(parts.task);
  const manifest = viewManifest(parts.manifest);
  return [
    ...checkTask(parts.task, readRepository(parts.manifest)),
    ...checkManifest(parts.manifest, task, parts.version),
    ...checkFiles(parts.files, parts.packageBytes, manifest, task),
    ...checkMetadata(parts.files, manifest),
    ...(parts.inputNames ? compareInputs(task, parts.inputNames) : []),
    ...(parts.schema ? checkSchema(parts.task, parts.schema) : []),
  ];
}

/** Prints the findings, one a line, and their number; returns the exit code: 0 nothing wrong, 1 something is. */
export function reportFindings(findings: readonly Finding[]): number {
  findings.forEach(finding => {
    console.error(`package check: ${formatFinding(finding)}`);
  });
  console.log(`package check: ${findings.length === 0 ? 'nothing wrong' : `${findings.length} wrong`}`);
  return findings.length === 0 ? 0 : 1;
}
