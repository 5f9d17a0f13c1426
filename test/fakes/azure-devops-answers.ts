import type { Answer } from './faults.ts';

export function sendJson(value: unknown, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8; api-version=7.1', 'x-vss-e2eid': crypto.randomUUID() },
    body: JSON.stringify(value),
  };
}

/** An exception in the form of every Azure DevOps REST API. */
export function sendException(status: number, typeName: string, message: string): Answer {
  const typeKey = typeName.split('.').at(-1);
  const assembly = typeName.split('.').slice(0, -1).join('.');
  return sendJson(
    {
      $id: '1',
      innerException: null,
      message,
      typeName: `${typeName}, ${assembly}`,
      typeKey,
      errorCode: 0,
      eventId: 3000,
    },
    status,
  );
}

/** A bare text comes wrapped as a collection whose count is the text's length: ASP.NET takes a string for a list. */
export function sendText(status: number, text: string): Answer {
  return sendJson({ count: text.length, value: text }, status);
}

export function refuseVersion(method: string): Answer {
  return sendException(
    400,
    'Microsoft.VisualStudio.Services.WebApi.VssVersionNotSpecifiedException',
    `No api-version was supplied for the "${method}" request. The version must be supplied either as part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g. "?api-version=1.0").`,
  );
}

export function refusePreview(version: string): Answer {
  return sendException(
    400,
    'Microsoft.VisualStudio.Services.WebApi.VssInvalidPreviewVersionException',
    `The requested version "${version}" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests. For example: "${version}-preview"`,
  );
}

export function refuseRange(version: string): Answer {
  return sendException(
    400,
    'Microsoft.VisualStudio.Services.WebApi.VssVersionOutOfRangeException',
    `The requested REST API version of ${version} is out of range for this server. The latest REST API version this server supports is 7.2.`,
  );
}

export function refuseMethod(method: string): Answer {
  const text = `The requested resource does not support http method '${method}'.`;
  const answer = sendText(405, text);
  return { ...answer, headers: { ...answer.headers, allow: 'POST' } };
}

/** A page, as the service sends whatever the Accept header says; the reason is in a header, encoded as in a form. */
export function sendPage(status: number, title: string, reason?: string): Answer {
  const encoded = reason === undefined ? undefined : encodeURIComponent(reason).replaceAll('%20', '+');
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'x-tfs-processid': crypto.randomUUID(),
      'x-vss-e2eid': crypto.randomUUID(),
      ...(encoded === undefined ? {} : { 'x-tfs-serviceerror': encoded }),
    },
    body: `<!DOCTYPE html>\r\n<html lang="en-US">\r\n<head><title>\r\n\t${title}\r\n</title></head><body></body></html>`,
  };
}

/** A job token that is no longer valid. */
export function refuseToken(tenantId: string, origin: string): Answer {
  const answer = sendPage(
    401,
    'Azure DevOps Services | Unauthorized',
    "TF400813: The user 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa' is not authorized to access this resource.",
  );
  const challenges = [
    `Bearer authorization_uri=https://login.microsoftonline.com/${tenantId}`,
    `Basic realm="${origin}/"`,
    'TFS-Federated',
  ];
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenges } };
}

export function missingRoute(path: string): Answer {
  return sendException(
    404,
    'Microsoft.VisualStudio.Services.Common.VssResourceNotFoundException',
    `The controller for path '${path}' was not found or does not implement IController.`,
  );
}

export function missingProject(project: string): Answer {
  return sendException(
    404,
    'Microsoft.TeamFoundation.Core.WebApi.ProjectDoesNotExistWithNameException',
    `TF200016: The following project does not exist: ${project}. Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.`,
  );
}

export function missingConnection(id: string): Answer {
  return sendException(
    404,
    'Microsoft.TeamFoundation.DistributedTask.WebApi.EndpointNotFoundException',
    `Service connection with id ${id} was not found or is not authorized for use in this pipeline.`,
  );
}

export function disabledConnection(id: string): Answer {
  return sendException(
    400,
    'Microsoft.VisualStudio.Services.ServiceEndpoints.WebApi.ServiceEndpointException',
    `Service connection with id ${id} is disabled.`,
  );
}

/** Since March 2026: https://github.com/dotnet/docker-tools/issues/2012. */
export function missingReference(id: string, currentStage: string, status: number): Answer {
  return sendText(
    status,
    `There is no explicit reference to service connection ${id} from current stage ${currentStage}.`,
  );
}
