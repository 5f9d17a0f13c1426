variable "roles" {
  description = "Roles by name, each with the service connections that may assume it, and on which issuer."
  nullable    = false

  type = map(object({
    connections = map(object({
      entra        = optional(object({ tenant_id = string, subject = string }))
      azure_devops = optional(object({ organization_id = string, subject = string }))
    }))
    policy_arns          = optional(map(string), {})
    permissions_boundary = optional(string)
    max_session_duration = optional(number, 3600)
    path                 = optional(string, "/")
    description          = optional(string, "Azure Pipelines, by workload identity federation.")
    tags                 = optional(map(string), {})
  }))

  validation {
    condition     = alltrue([for name in keys(var.roles) : can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", name))])
    error_message = "The name of a role has 1 to 64 of A-Z a-z 0-9 _ + = , . @ -"
  }

  validation {
    condition = alltrue(flatten([
      for role in values(var.roles) : [
        length(role.connections) > 0,
        [for one in values(role.connections) : one.entra != null || one.azure_devops != null],
      ]
    ]))
    error_message = "Every role has a connection, and every connection has entra, azure_devops or both: without a subject everybody with a token of the issuer would get in."
  }

  validation {
    condition = alltrue(flatten([
      for role in values(var.roles) : [
        for one in values(role.connections) : [
          for guid in concat(one.entra[*].tenant_id, one.azure_devops[*].organization_id) :
          can(regex("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", guid))
        ]
      ]
    ]))
    error_message = "tenant_id and organization_id are GUIDs in lower case."
  }

  validation {
    condition = alltrue(flatten([
      for role in values(var.roles) : [
        for one in values(role.connections) :
        one.entra == null || can(regex("^/eid1/c/pub/t/[A-Za-z0-9_-]{22}/a/rISbSSETf0KqFyZ8ppdXmA/sc/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", one.entra.subject))
      ]
    ]))
    error_message = "The subject on the Entra issuer is /eid1/c/pub/t/<tenant>/a/rISbSSETf0KqFyZ8ppdXmA/sc/<organization id>/<connection id>, ids in lower case."
  }

  validation {
    condition = alltrue(flatten([
      for role in values(var.roles) : [
        for one in values(role.connections) : one.azure_devops == null || (
          can(regex("^sc://[A-Za-z0-9][A-Za-z0-9_.-]*/[^/]+/(.*[^/])$", one.azure_devops.subject)) &&
          # IAM takes a policy of these characters alone; * ? and ${ mean more than themselves to it.
          can(regex("^[\\x{20}-)+->@-~\\x{a1}-\\x{ac}\\x{ae}-\\x{ff}]*$", one.azure_devops.subject)) &&
          try(!strcontains(one.azure_devops.subject, "$${"), false)
        )
      ]
    ]))
    error_message = "The subject on the Azure DevOps issuer is sc://<organization>/<project>/<connection> without * ? and $${, without a slash at its end, and with no letters past U+00FF."
  }

  validation {
    condition = alltrue(flatten([
      for role in values(var.roles) : [
        for arn in concat(values(role.policy_arns), role.permissions_boundary[*]) :
        can(regex("^arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]*[A-Za-z0-9_+=,.@-]$", arn))
      ]
    ]))
    error_message = "policy_arns and permissions_boundary are ARNs of managed policies."
  }

  validation {
    condition     = alltrue([for role in values(var.roles) : can(regex("^/([A-Za-z0-9_+=,.@-]+/)*$", role.path))])
    error_message = "path is a slash, or names between slashes, like /pipelines/."
  }

  validation {
    condition = alltrue([
      for role in values(var.roles) : role.max_session_duration >= 3600 && role.max_session_duration <= 43200
    ])
    error_message = "max_session_duration is 3600 to 43200 seconds."
  }
}

variable "existing_providers" {
  description = "URLs, without https://, of OIDC providers that the account has already; this module creates the others."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for url in var.existing_providers :
      can(regex("^(login\\.microsoftonline\\.com/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/v2\\.0|vstoken\\.dev\\.azure\\.com/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$", url))
    ])
    error_message = "existing_providers are login.microsoftonline.com/<tenant id>/v2.0 or vstoken.dev.azure.com/<organization id>, ids in lower case and no slash at the end."
  }
}

variable "permissions_boundary" {
  description = "ARN of the managed policy that bounds every role that names none of its own."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]*[A-Za-z0-9_+=,.@-]$", var.permissions_boundary))
    error_message = "permissions_boundary is the ARN of a managed policy."
  }
}

variable "tags" {
  description = "Tags of the providers and of every role."
  type        = map(string)
  default     = {}
  nullable    = false
}
