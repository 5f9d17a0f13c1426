import type { Http } from '../identity/http.ts';
import { buildIdTokenRequest, judgeIdTokenResponse } from '../identity/id-token.ts';
import type { IdTokens } from '../identity/keep-id-token.ts';
import type { Secret } from '../secret.ts';

/**
 * Returns Azure DevOps' token endpoint for the running job. The URL must have passed `checkTokenUrl`: the job's access
 * token is sent there.
 */
export function openTokenEndpoint(url: URL, jobToken: Secret, http: Http): IdTokens {
  return {
    request: async connectionId => {
      const response = await http.send(buildIdTokenRequest({ url, connectionId, jobToken }));
      return judgeIdTokenResponse(response, connectionId, Date.now());
    },
  };
}
