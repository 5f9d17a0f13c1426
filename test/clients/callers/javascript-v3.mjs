// Asks AWS STS who it is, with the SDK for JavaScript's own chain of credentials.
//   caller.mjs ENDPOINT [PROFILE]
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const [endpoint, profile] = process.argv.slice(2);
const client = new STSClient({ endpoint, ...(profile === undefined ? {} : { profile }) });
const { Arn } = await client.send(new GetCallerIdentityCommand({}));
console.log(JSON.stringify({ Arn, Region: await client.config.region() }, null, 2));
