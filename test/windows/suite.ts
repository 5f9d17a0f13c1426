/**
 * The tests of the project that are about what differs on Windows: paths, files, signals and programs. Not among
 * them is test/harness/process.test.ts: wine sends no Ctrl+Break, so that what should end lives on.
 */
export const suite: readonly string[] = [
  'test/host/lock.test.ts',
  'test/host/own-profiles.test.ts',
  'test/host/private-folder.test.ts',
  'test/host/stop.test.ts',
  'test/host/windows/access-list.test.ts',
  'test/host/windows/private-folder.test.ts',
  'test/host/windows/program.test.ts',
  'test/host/windows/short-path.test.ts',
  'test/handoff/cleanup.test.ts',
  'test/handoff/credential-process.test.ts',
  'test/handoff/files.test.ts',
  'test/handoff/job-profiles.test.ts',
  'test/handoff/refresh-state.test.ts',
  'test/handoff/session-cache.test.ts',
  'test/tasks/temp-folder.test.ts',
  'test/harness/environment.test.ts',
  'test/bundles/cancel.test.ts',
  'test/bundles/cleanup.test.ts',
  'test/bundles/several-uses.test.ts',
  'test/account/carry-out.test.ts',
  'test/cli/accounts/accounts-file.test.ts',
  'test/cli/terminal/input-file.test.ts',
  'test/cli/terminal/out-file.test.ts',
  'test/cli/output.test.ts',
  'test/cli/process.test.ts',
  'test/cli/diagnose.test.ts',
  'test/cli/setup-account.test.ts',
  'test/cli/migrate.test.ts',
  'test/cli/migrate-accounts.test.ts',
  'test/cli/thumbprints.test.ts',
  'test/cli/live.test.ts',
];

/** What fails under wine 8 because of wine, by words of the tests' names. */
export const lacking: readonly { readonly tests: RegExp; readonly why: string }[] = [
  { tests: /\blinks?\b/, why: 'wine makes no symbolic links (ENOTSUP)' },
  { tests: /Ctrl-C/, why: 'wine sends no Ctrl+Break to a program that another one starts' },
];
