import role from '../../../infra/cloudformation/wif-role.yaml';
import stackSet from '../../../infra/cloudformation/wif-role-stack-set.yaml';
import main from '../../../infra/terraform-aws-azure-devops-oidc/main.tf';
import outputs from '../../../infra/terraform-aws-azure-devops-oidc/outputs.tf';
import variables from '../../../infra/terraform-aws-azure-devops-oidc/variables.tf';
import versions from '../../../infra/terraform-aws-azure-devops-oidc/versions.tf';

/** A file as it is to be saved. */
export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}

/** The files of infra/, as they are there. */
export const templateFiles: Readonly<Record<'cloudformation' | 'stack-set' | 'terraform', readonly TemplateFile[]>> = {
  cloudformation: [{ name: 'wif-role.yaml', text: role }],
  'stack-set': [{ name: 'wif-role-stack-set.yaml', text: stackSet }],
  terraform: [
    { name: 'versions.tf', text: versions },
    { name: 'variables.tf', text: variables },
    { name: 'main.tf', text: main },
    { name: 'outputs.tf', text: outputs },
  ],
};
