import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { needProgram, print, type Call, type Client } from './client.ts';

/** A folder that mirrors Terraform's providers, named by the developer: nothing is fetched. */
const mirror = process.env['TERRAFORM_PLUGIN_DIR'] ?? '';

const notes = {
  reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE` (SDK for Go v2)',
  needs: 'nothing',
  remedy: 'the error names the profile or the helper: look its code up in troubleshooting.md',
};

const common = {
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  ownClock: 'a Go program reads the clock past libfaketime',
  notes,
} as const;

export const terraformBackend: Client = {
  ...common,
  name: 'Terraform, S3 backend',
  findGap: () => needProgram('terraform'),
  readVersion: () => print('terraform', 'version').replace('Terraform v', ''),
  call: service => callTerraform('terraform init -input=false -no-color', backend(service)),
};

export const terraformProvider: Client = {
  ...common,
  name: 'Terraform, AWS provider',
  isRare: true,
  isHeavy: true,
  findGap: () =>
    needProgram('terraform') ?? (existsSync(mirror) ? undefined : 'name a mirror of providers in TERRAFORM_PLUGIN_DIR'),
  readVersion: () => print('sh', '-c', `ls ${mirror}/registry.terraform.io/hashicorp/aws | sort -V | tail -1`),
  call: service =>
    callTerraform(
      `terraform init -input=false -no-color -plugin-dir='${mirror}' >&2 && terraform plan -input=false -no-color`,
      provider(service),
    ),
};

function callTerraform(line: string, configuration: string): Call {
  const folder = makeScratchFolder('terraform');
  writeFileSync(join(folder, 'main.tf'), configuration);
  return { command: 'sh', args: ['-c', `cd '${folder}' && export CHECKPOINT_DISABLE=1 && ${line}`] };
}

function backend(service: string): string {
  return `terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "default.tfstate"
    region                      = "eu-west-1"
    endpoints                   = { s3 = "${service}" }
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
    skip_s3_checksum            = true
    max_retries                 = 1
  }
}
`;
}

function provider(service: string): string {
  return `provider "aws" {
  max_retries                 = 1
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  endpoints { sts = "${service}" }
}
data "aws_caller_identity" "me" {}
output "me" { value = data.aws_caller_identity.me.arn }
`;
}
