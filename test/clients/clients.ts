import { asyncAws } from './async-aws.ts';
import { awsCli } from './aws-cli.ts';
import { botocore, newerBotocore } from './botocore.ts';
import type { Client } from './client.ts';
import { commonRuntime } from './crt.ts';
import { goV1, goV2 } from './go.ts';
import { javaScriptV2, javaScriptV3 } from './javascript.ts';
import { rclone } from './rclone.ts';
import { restic } from './restic.ts';
import { rubySdk } from './ruby.ts';
import { s3cmd } from './s3cmd.ts';
import { terraformBackend, terraformProvider } from './terraform.ts';

/** Every client that is tried, in the order of the page. */
export const clients: readonly Client[] = [
  awsCli,
  terraformProvider,
  terraformBackend,
  botocore,
  newerBotocore,
  javaScriptV3,
  javaScriptV2,
  goV2,
  goV1,
  rubySdk,
  commonRuntime,
  rclone,
  restic,
  asyncAws,
  s3cmd,
];
