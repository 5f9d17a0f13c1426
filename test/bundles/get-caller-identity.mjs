// A later step of a job: asks AWS STS who it is, with only the keys in its environment. This SDK would take the
// profile before them, so a script that is about the keys unsets the profile.
//   node get-caller-identity.mjs ENDPOINT
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

delete process.env.AWS_PROFILE;
const client = new STSClient({ endpoint: process.argv[2] });
const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}));
console.log(JSON.stringify({ Account, Arn }, null, 2));
