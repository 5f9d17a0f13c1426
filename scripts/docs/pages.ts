import { dirname, join } from 'node:path';
import { formatText } from '../format-text.ts';
import { describeInputs } from './inputs.ts';
import { describeTerraformModule } from './terraform-module.ts';
import { describeVariables } from './variables.ts';

const root = dirname(dirname(import.meta.dirname));
const terraformModule = 'infra/terraform-aws-azure-devops-oidc';

/** Returns the pages that are made from the code, by their paths in the repository, formatted as all files are. */
export async function makePages(): Promise<ReadonlyMap<string, string>> {
  const texts = {
    'docs/inputs.md': describeInputs(),
    'docs/variables.md': describeVariables(),
    [`${terraformModule}/README.md`]: await describeTerraformModule(join(root, terraformModule)),
  };
  const pages = Object.entries(texts).map(async ([path, text]) => [path, await formatText(path, text)] as const);
  return new Map(await Promise.all(pages));
}
