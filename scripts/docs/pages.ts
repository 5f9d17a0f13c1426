import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describeInputs } from './inputs.ts';
import { describeTerraformModule } from './terraform-module.ts';
import { describeVariables } from './variables.ts';

const root = dirname(dirname(import.meta.dirname));
const terraformModule = 'infra/terraform-aws-azure-devops-oidc';

/** Returns the pages that are made from the code, by their paths in the repository, formatted as all files are. */
export async function makePages(): Promise<ReadonlyMap<string, string>> {
  const style = await resolveConfig(import.meta.filename);
  const finish = (text: string): Promise<string> => format(text, { ...style, parser: 'markdown' });
  return new Map([
    ['docs/inputs.md', await finish(describeInputs())],
    ['docs/variables.md', await finish(describeVariables())],
    [`${terraformModule}/README.md`, await finish(await describeTerraformModule(join(root, terraformModule)))],
  ]);
}
