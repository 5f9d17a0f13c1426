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

/** What Terraform itself makes of the module's variables. */
export interface Evaluated {
  readonly trustPolicies: Readonly<Record<string, string>>;
  /** The keys of each kind of resource. */
  readonly created: Readonly<Record<string, readonly string[]>>;
}

/** Writes the module without its provider: its resources are Terraform's own, and the account stands there. */
async function writeModule(folder: string): Promise<void> {
  const { locals, resource, check } = (await readHcl(join(terraformModule, 'main.tf'))) as unknown as Main;
  const known = { ...locals[0], partition: 'aws', account_id: '111111111111' };
  const keys = Object.entries(resource).map(([type, { this: blocks }]) => [type, { for_each: blocks[0]?.for_each }]);
  const created = Object.keys(resource).map(type => [type, `\${keys(terraform_data.${type})}`]);
  const main = {
    locals: known,
    check,
    resource: { terraform_data: Object.fromEntries(keys) as Fields },
    output: {
      trust_policies: { value: '${local.trust_policies}' },
      created: { value: Object.fromEntries(created) as Fields },
    },
  };
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(terraformModule, 'variables.tf'), join(folder, 'variables.tf'));
  writeFileSync(join(folder, 'module.tf.json'), JSON.stringify(main));
}

interface Main {
  readonly locals: readonly [Fields];
  readonly check: Fields;
  readonly resource: Readonly<Record<string, { readonly this: readonly { readonly for_each: string }[] }>>;
}

/** Lets Terraform evaluate the module for values in HCL, without any provider; throws its refusal. */
export async function evaluateModule(values: string): Promise<Evaluated> {
  const { evaluated } = await evaluateModules([values]);
  return evaluated[0] ?? { trustPolicies: {}, created: {} };
}

/** The same for several values in one run, with what Terraform says besides. */
export async function evaluateModules(
  several: readonly string[],
): Promise<{ readonly evaluated: readonly Evaluated[]; readonly said: string }> {
  return inFolder(async folder => {
    const { run, said } = await callModule(folder, several);
    writeFileSync(join(folder, 'outputs.tf'), several.map((_, index) => outputOf(index)).join(''));
    const applied = run(['apply', '-auto-approve', '-input=false', '-no-color']);
    if (applied.status !== 0) throw new Error(said(applied));
    const told = JSON.parse(run(['output', '-json']).stdout) as Readonly<Record<string, { readonly value: Evaluated }>>;
    const evaluated = several.map((_, index) => told[`m${index}`]?.value ?? { trustPolicies: {}, created: {} });
    return { evaluated, said: said(applied) };
  });
}

function outputOf(index: number): string {
  const value = `{\ntrustPolicies = module.m${index}.trust_policies\ncreated = module.m${index}.created\n}`;
  return `output "m${index}" {\nvalue = ${value}\n}\n`;
}

/** Writes a folder that calls the module once for each of several values in HCL, ready to run. */
async function callModule(folder: string, several: readonly string[], extra = '') {
  await writeModule(join(folder, 'module'));
  const calls = several.map((values, index) => `module "m${index}" {\nsource = "./module"\n${values}}\n`);
  writeFileSync(join(folder, 'main.tf'), extra + calls.join(''));
  const run = (args: readonly string[]): Ran => runTerraform(folder, args);
  const said = ({ stdout, stderr }: Ran): string => `${stdout}${stderr}`.replace(/\s*\n[\s│]*/g, ' ');
  const init = run(['init', '-input=false', '-no-color']);
  if (init.status !== 0) throw new Error(init.stderr);
  return { run, said };
}

interface Diagnostic {
  readonly summary: string;
  readonly detail: string;
  readonly snippet?: { readonly context?: string };
}

/**
 * Gives the module each of several values in HCL, all in one run; returns what is said against each, '' if nothing is.
 */
export async function listRefusals(several: readonly string[]): Promise<readonly string[]> {
  return inFolder(async folder => {
    const { run } = await callModule(folder, several);
    const lines = run(['plan', '-json', '-input=false']).stdout.trim().split('\n');
    const found = lines.flatMap(line => (JSON.parse(line) as { readonly diagnostic?: Diagnostic }).diagnostic ?? []);
    return several.map((_, index) => {
      const own = found.filter(({ snippet }) => snippet?.context === `module "m${index}"`);
      return own.map(({ summary, detail }) => `${summary} ${detail}`.replace(/\s+/g, ' ')).join(' ');
    });
  });
}

/** Plans the module for values in HCL of which `terraform_data.connection.output` is known after the apply only. */
export async function planUnknown(values: string): Promise<Ran> {
  return inFolder(async folder => {
    const connection = 'resource "terraform_data" "connection" {\n  input = timestamp()\n}\n';
    const { run } = await callModule(folder, [values], connection);
    return run(['plan', '-input=false', '-no-color']);
  });
}
