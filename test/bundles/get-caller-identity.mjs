// A later step of a job: asks AWS STS who it is, with nothing but what its environment gives it.
//   node get-caller-identity.mjs ENDPOINT
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const client = new STSClient({ endpoint: process.argv[2] });
const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}));
console.log(JSON.stringify({ Account, Arn }, null, 2));
