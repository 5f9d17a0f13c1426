// Asks AWS STS who it is, with the SDK for JavaScript v2's own chain of credentials.
//   javascript-v2.mjs FOLDER_OF_THE_SDK ENDPOINT
import { createRequire } from 'node:module';

const [sdk, endpoint] = process.argv.slice(2);
const { STS } = createRequire(import.meta.url)(sdk);
new STS({ endpoint, region: process.env.AWS_REGION }).getCallerIdentity({}, (error, caller) => {
  if (error) {
    console.error(error.message);
    process.exit(1);
  }
  console.log(caller.Arn);
});
