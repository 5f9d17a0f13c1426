import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHcl } from './parse-hcl.ts';
import { terraformModule, type Fields } from './read-template.ts';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Terraform in a folder, off the network and without the machine's own configuration of it. */
export function runTerraform(folder: string, args: readonly string[]): Ran {
  const env = { PATH: process.env['PATH'], HOME: folder, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
  return spawnSync('terraform', args, { cwd: folder, env, encoding: 'utf8' });
}

export const hasTerraform = spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0;

/** Skips a test loudly where Terraform is not at hand. */
export function needTerraform(test: Mocha.Context, what: string): void {
  if (hasTerraform) return;
  console.log(`*** SKIPPED: terraform is not on PATH, so ${what}`);
  test.skip();
}

/** Does something in a folder that is gone afterwards. */
export async function inFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'terraform-test-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns one file of Terraform as JSON; expressions are texts in `${}`. */
export async function readHcl(path: string): Promise<Readonly<Record<string, Fields>>> {
  return (await parseHcl(path, readFileSync(path, 'utf8'))) as Readonly<Record<string, Fields>>;
}

/** What Terraform itself makes of the module's variables, or its refusal. */
export type Evaluated =
  | { readonly trustPolicies: Readonly<Record<string, string>>; readonly created: readonly string[] }
  | { readonly refused: string };

/** Writes the module without its resources; what the provider would tell of the account stands there. */
async function writeModule(folder: string): Promise<void> {
  const { locals } = await readHcl(join(terraformModule, 'main.tf'));
  const known = JSON.stringify(locals)
    .replaceAll('${data.aws_partition.current.partition}', 'aws')
    .replaceAll('${data.aws_caller_identity.current.account_id}', '111111111111');
  const output = {
    trust_policies: { value: '${local.trust_policies}' },
    created: { value: '${[for url in keys(local.providers) : url if !contains(var.existing_providers, url)]}' },
  };
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(terraformModule, 'variables.tf'), join(folder, 'variables.tf'));
  writeFileSync(join(folder, 'module.tf.json'), JSON.stringify({ locals: JSON.parse(known) as unknown, output }));
}

/** Lets Terraform evaluate the module's variables and locals for values in HCL, without any provider. */
export async function evaluateModule(values: string): Promise<Evaluated> {
  return inFolder(async folder => {
    await writeModule(folder);
    writeFileSync(join(folder, 'terraform.tfvars'), values);
    const applied = runTerraform(folder, ['apply', '-auto-approve', '-input=false', '-no-color']);
    if (applied.status !== 0) return { refused: applied.stderr.replace(/\s*\n[\s│]*/g, ' ') };
    const told = JSON.parse(runTerraform(folder, ['output', '-json']).stdout) as Readonly<Record<string, Fields>>;
    return {
      trustPolicies: told['trust_policies']?.['value'] as Readonly<Record<string, string>>,
      created: told['created']?.['value'] as readonly string[],
    };
  });
}

interface Diagnostic {
  readonly summary: string;
  readonly detail: string;
  readonly snippet?: { readonly context?: string };
}

/** Gives the module each of several values in HCL, all in one run; returns what is said against each, '' where nothing is. */
export async function listRefusals(several: readonly string[]): Promise<readonly string[]> {
  return inFolder(async folder => {
    await writeModule(join(folder, 'module'));
    const calls = several.map((values, index) => `module "m${index}" {\nsource = "./module"\n${values}}\n`);
    writeFileSync(join(folder, 'main.tf'), calls.join(''));
    const init = runTerraform(folder, ['init', '-input=false', '-no-color']);
    if (init.status !== 0) throw new Error(init.stderr);
    const lines = runTerraform(folder, ['plan', '-json', '-input=false']).stdout.trim().split('\n');
    const found = lines.flatMap(line => (JSON.parse(line) as { readonly diagnostic?: Diagnostic }).diagnostic ?? []);
    return several.map((_, index) => {
      const own = found.filter(({ snippet }) => snippet?.context === `module "m${index}"`);
      return own.map(({ summary, detail }) => `${summary} ${detail}`.replace(/\s+/g, ' ')).join(' ');
    });
  });
}
