import type { Http, HttpResponse } from '../identity/http.ts';
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
      return judgeIdTokenResponse(hideToken(response, jobToken), connectionId, Date.now());
    },
  };
}

/** Whatever answers may send back what it was sent, and parts of a refusal are shown. */
function hideToken(response: HttpResponse, jobToken: Secret): HttpResponse {
  const hide = (text: string) => text.replaceAll(jobToken.reveal(), '***');
  const headers = Object.entries(response.headers).map(([name, value]) => [name, hide(value)] as const);
  return { ...response, headers: Object.fromEntries(headers), body: hide(response.body) };
}
