variable "create" {
  description = "Whether to create anything. With `false` the module makes no call to AWS and its outputs are empty."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_providers" {
  description = "Whether to create the OIDC providers. With `false` the account must have them all; `existing_providers` names single ones."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_roles" {
  description = "Whether to create the roles and their policies. With `false` use the `trust_policies` output for roles that you create elsewhere."
  type        = bool
  default     = true
  nullable    = false
}

variable "roles" {
  description = "Roles by name, each with the service connections that may assume it."
  nullable    = false

  type = map(object({
    # By any name. Set the connection's issuer: entra, azure_devops (retires on 2027-07-01), or both during the conversion.
    connections = map(object({
      entra        = optional(object({ tenant_id = string, subject = string }))
      azure_devops = optional(object({ organization_id = string, subject = string }))
    }))
    # Networks that an ID token must come from, for self-hosted agents: VPC endpoints for AWS STS and VPCs, or public addresses.
    source_vpce_ids  = optional(set(string), [])
    source_vpc_ids   = optional(set(string), [])
    source_vpc_arns  = optional(set(string), [])
    source_ip_ranges = optional(set(string), [])
    # The role's permissions: ARNs of managed policies, by any name.
    policy_arns = optional(map(string), {})
    # Inline policies by their names, as JSON.
    inline_policies = optional(map(string), {})
    # ARN of a managed policy. Default: var.permissions_boundary.
    permissions_boundary = optional(string)
    # Maximum session duration in seconds, 3600 to 43200.
    max_session_duration = optional(number, 3600)
    path                 = optional(string, "/")
    description          = optional(string, "Azure Pipelines, by workload identity federation.")
    # Tags of the role in addition to var.tags.
    tags = optional(map(string), {})
  }))

  validation {
    condition = alltrue([
      for name in keys(var.roles) :
      can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", name))
    ])
    error_message = format("Role names found: %s. Expected: 1 to 64 of A-Z a-z 0-9 _ + = , . @ -. Rename the role; a path belongs in path.", jsonencode([
      for name in keys(var.roles) :
      name if !can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", name))
    ]))
  }

  validation {
    condition = alltrue([
      for name, role in var.roles :
      length(role.connections) > 0
    ])
    error_message = format("Roles without a connection: %s. Expected: at least one, since without a subject everyone with a token from the issuer could assume the role. Add the service connection as aws-wif connection prints it.", jsonencode([
      for name, role in var.roles :
      name if !(length(role.connections) > 0)
    ]))
  }

  validation {
    condition = alltrue([
      for connection in flatten([for role in values(var.roles) : [for key, connection in role.connections : merge(connection, { key = key })]]) :
      connection.entra != null || connection.azure_devops != null
    ])
    error_message = format("Connections on no issuer: %s. Expected: entra, azure_devops or both, since without a subject everyone with a token from the issuer could assume the role. Add the id and the subject that aws-wif connection prints.", jsonencode([
      for connection in flatten([for role in values(var.roles) : [for key, connection in role.connections : merge(connection, { key = key })]]) :
      connection.key if !(connection.entra != null || connection.azure_devops != null)
    ]))
  }

  validation {
    condition = alltrue([
      for id in flatten([for role in values(var.roles) : [for connection in values(role.connections) : concat(connection.entra[*].tenant_id, connection.azure_devops[*].organization_id)]]) :
      can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))
    ])
    error_message = format("Found as tenant_id or organization_id: %s. Expected: GUIDs in lower case, like ff882432-09b0-437b-bd22-ca13c0037ded. Use the ID of the Microsoft Entra tenant or of the Azure DevOps organization, not its name; lower() writes it in lower case.", jsonencode([
      for id in flatten([for role in values(var.roles) : [for connection in values(role.connections) : concat(connection.entra[*].tenant_id, connection.azure_devops[*].organization_id)]]) :
      id if !can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))
    ]))
  }

  validation {
    condition = alltrue([
      for subject in flatten([for role in values(var.roles) : [for connection in values(role.connections) : connection.entra[*].subject]]) :
      can(regex("^/eid1/c/pub/t/[A-Za-z0-9_-]{22}/a/rISbSSETf0KqFyZ8ppdXmA/sc/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", subject))
    ])
    error_message = format("Subjects found on the Microsoft Entra issuer: %s. Expected: /eid1/c/pub/t/<tenant>/a/rISbSSETf0KqFyZ8ppdXmA/sc/<organization id>/<connection id>, the ids in lower case. Copy the subject identifier from the service connection's page.", jsonencode([
      for subject in flatten([for role in values(var.roles) : [for connection in values(role.connections) : connection.entra[*].subject]]) :
      subject if !can(regex("^/eid1/c/pub/t/[A-Za-z0-9_-]{22}/a/rISbSSETf0KqFyZ8ppdXmA/sc/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", subject))
    ]))
  }

  validation {
    # IAM accepts only these characters in a policy. * ? and ${ are wildcards and variables.
    condition = alltrue([
      for subject in flatten([for role in values(var.roles) : [for connection in values(role.connections) : connection.azure_devops[*].subject]]) :
      can(regex("^sc://[A-Za-z0-9][A-Za-z0-9_.-]*/[ -)+-.0->@-~\\x{a1}-\\x{ac}\\x{ae}-\\x{ff}]+/[ -)+->@-~\\x{a1}-\\x{ac}\\x{ae}-\\x{ff}]*[ -)+-.0->@-~\\x{a1}-\\x{ac}\\x{ae}-\\x{ff}]$", replace(subject, "$${", "*")))
    ])
    error_message = format("Subjects found on the Azure DevOps issuer: %s. Expected: sc://<organization>/<project>/<connection> without * ? and $${, without a slash at its end, and with no letters past U+00FF. Copy the subject identifier from the service connection's page; for such names use aws-wif setup, or convert the connection to the Microsoft Entra issuer.", jsonencode([
      for subject in flatten([for role in values(var.roles) : [for connection in values(role.connections) : connection.azure_devops[*].subject]]) :
      subject if !can(regex("^sc://[A-Za-z0-9][A-Za-z0-9_.-]*/[ -)+-.0->@-~\\x{a1}-\\x{ac}\\x{ae}-\\x{ff}]+/[ -)+->@-~\\x{a1}-\\x{ac}\\x{ae}-\\x{ff}]*[ -)+-.0->@-~\\x{a1}-\\x{ac}\\x{ae}-\\x{ff}]$", replace(subject, "$${", "*")))
    ]))
  }

  validation {
    condition = alltrue([
      for id in flatten([for role in values(var.roles) : tolist(role.source_vpce_ids)]) :
      can(regex("^vpce-([0-9a-f]{8}|[0-9a-f]{17})$", id))
    ])
    error_message = format("Found as source_vpce_ids: %s. Expected: IDs of VPC endpoints in lower case, like vpce-0123456789abcdef0. Use the ID instead of a DNS name.", jsonencode([
      for id in flatten([for role in values(var.roles) : tolist(role.source_vpce_ids)]) :
      id if !(can(regex("^vpce-([0-9a-f]{8}|[0-9a-f]{17})$", id)))
    ]))
  }

  validation {
    condition = alltrue([
      for id in flatten([for role in values(var.roles) : tolist(role.source_vpc_ids)]) :
      can(regex("^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", id))
    ])
    error_message = format("Found as source_vpc_ids: %s. Expected: IDs of VPCs in lower case, like vpc-0123456789abcdef0. ARNs belong in source_vpc_arns.", jsonencode([
      for id in flatten([for role in values(var.roles) : tolist(role.source_vpc_ids)]) :
      id if !(can(regex("^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", id)))
    ]))
  }

  validation {
    condition = alltrue([
      for arn in flatten([for role in values(var.roles) : tolist(role.source_vpc_arns)]) :
      can(regex("^arn:(aws|aws-cn|aws-us-gov|aws-eusc):ec2:[a-z0-9-]+:[0-9]{12}:vpc/vpc-([0-9a-f]{8}|[0-9a-f]{17})$", arn))
    ])
    error_message = format("Found as source_vpc_arns: %s. Expected: ARNs of VPCs, like arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-0123456789abcdef0. Ids belong in source_vpc_ids.", jsonencode([
      for arn in flatten([for role in values(var.roles) : tolist(role.source_vpc_arns)]) :
      arn if !(can(regex("^arn:(aws|aws-cn|aws-us-gov|aws-eusc):ec2:[a-z0-9-]+:[0-9]{12}:vpc/vpc-([0-9a-f]{8}|[0-9a-f]{17})$", arn)))
    ]))
  }

  validation {
    condition = alltrue([
      for range in flatten([for role in values(var.roles) : tolist(role.source_ip_ranges)]) :
      try(cidrsubnet(range, 0, 0) == range, false) && can(regex("^([0-9.]+/([89]|[12][0-9]|3[0-2])|[23][0-9a-f]{3}:[0-9a-f:]+/(1[6-9]|[2-9][0-9]|1[01][0-9]|12[0-8]))$", range)) && !can(regex("^((0|10|127|22[4-9]|2[3-5][0-9])\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.|169\\.254\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", range))
    ])
    error_message = format("Found as source_ip_ranges: %s. Expected: public ranges that begin with their first address, like 203.0.113.0/24, of /8 or smaller (IPv6: /16 or smaller). Through a VPC endpoint AWS sees no aws:SourceIp: use source_vpce_ids or source_vpc_arns.", jsonencode([
      for range in flatten([for role in values(var.roles) : tolist(role.source_ip_ranges)]) :
      range if !(try(cidrsubnet(range, 0, 0) == range, false) && can(regex("^([0-9.]+/([89]|[12][0-9]|3[0-2])|[23][0-9a-f]{3}:[0-9a-f:]+/(1[6-9]|[2-9][0-9]|1[01][0-9]|12[0-8]))$", range)) && !can(regex("^((0|10|127|22[4-9]|2[3-5][0-9])\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.|169\\.254\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", range)))
    ]))
  }

  validation {
    condition = alltrue([
      for name, role in var.roles :
      length(role.source_ip_ranges) == 0 || length(setunion(role.source_vpce_ids, role.source_vpc_ids, role.source_vpc_arns)) == 0
    ])
    error_message = format("Roles with addresses and VPCs: %s. Expected: source_ip_ranges, or VPCs and their endpoints. A request through an endpoint has no aws:SourceIp, one over the internet has no aws:SourceVpc, so nobody could use the role. Create two roles.", jsonencode([
      for name, role in var.roles :
      name if !(length(role.source_ip_ranges) == 0 || length(setunion(role.source_vpce_ids, role.source_vpc_ids, role.source_vpc_arns)) == 0)
    ]))
  }

  validation {
    condition = alltrue([
      for name, role in var.roles :
      length(role.source_vpc_ids) == 0 || length(role.source_vpc_arns) == 0
    ])
    error_message = format("Roles with VPCs by ID and by ARN: %s. Expected: source_vpc_ids or source_vpc_arns, since they are two condition keys and both would have to hold. Use the ARNs.", jsonencode([
      for name, role in var.roles :
      name if !(length(role.source_vpc_ids) == 0 || length(role.source_vpc_arns) == 0)
    ]))
  }

  validation {
    condition = alltrue([
      for arn in flatten([for role in values(var.roles) : concat(values(role.policy_arns), role.permissions_boundary[*])]) :
      can(regex("^arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]*[A-Za-z0-9_+=,.@-]$", arn))
    ])
    error_message = format("Found as policy_arns or permissions_boundary: %s. Expected: ARNs of managed policies, like arn:aws:iam::aws:policy/ReadOnlyAccess. Use the ARN instead of the name; JSON belongs in inline_policies.", jsonencode([
      for arn in flatten([for role in values(var.roles) : concat(values(role.policy_arns), role.permissions_boundary[*])]) :
      arn if !can(regex("^arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]*[A-Za-z0-9_+=,.@-]$", arn))
    ]))
  }

  validation {
    condition = alltrue([
      for policy in flatten([for role in values(var.roles) : [for name, json in role.inline_policies : { name = name, json = json }]]) :
      can(regex("^[A-Za-z0-9_+=,.@-]{1,128}$", policy.name)) && can(jsondecode(policy.json).Statement)
    ])
    error_message = format("Inline policies found: %s. Expected: names of 1 to 128 of A-Z a-z 0-9 _ + = , . @ -, and JSON with a Statement. Use jsonencode() or the data source aws_iam_policy_document.", jsonencode([
      for policy in flatten([for role in values(var.roles) : [for name, json in role.inline_policies : { name = name, json = json }]]) :
      policy.name if !(can(regex("^[A-Za-z0-9_+=,.@-]{1,128}$", policy.name)) && can(jsondecode(policy.json).Statement))
    ]))
  }

  validation {
    condition = alltrue([
      for name, role in var.roles :
      length(replace(join("", values(role.inline_policies)), "/[[:space:]]/", "")) <= 10240
    ])
    error_message = format("Roles with too long inline policies: %s. Expected: at most 10,240 characters for all inline policies of a role together, without white space. Use managed policies (policy_arns).", jsonencode([
      for name, role in var.roles :
      name if !(length(replace(join("", values(role.inline_policies)), "/[[:space:]]/", "")) <= 10240)
    ]))
  }

  validation {
    condition = alltrue([
      for name, role in var.roles :
      can(regex("^/([A-Za-z0-9_+=,.@-]+/)*$", role.path))
    ])
    error_message = format("Paths found: %s. Expected: a slash, or names between slashes, like /pipelines/. Begin and end the path with a slash.", jsonencode([
      for name, role in var.roles :
      role.path if !can(regex("^/([A-Za-z0-9_+=,.@-]+/)*$", role.path))
    ]))
  }

  validation {
    condition = alltrue([
      for name, role in var.roles :
      role.max_session_duration >= 3600 && role.max_session_duration <= 43200 && floor(role.max_session_duration) == role.max_session_duration
    ])
    error_message = format("Found as max_session_duration: %s. Expected: whole seconds from 3600 to 43200. For shorter sessions set the durationSeconds input of the step.", jsonencode([
      for name, role in var.roles :
      role.max_session_duration if !(role.max_session_duration >= 3600 && role.max_session_duration <= 43200 && floor(role.max_session_duration) == role.max_session_duration)
    ]))
  }

  validation {
    condition = alltrue([
      for name, role in var.roles :
      can(regex("^[\\t\\n\\r -~\\x{a1}-\\x{ff}]{0,1000}$", role.description))
    ])
    error_message = format("Descriptions found: %s. Expected: at most 1000 characters, none above U+00FF. Shorten or rewrite the description.", jsonencode([
      for name, role in var.roles :
      role.description if !can(regex("^[\\t\\n\\r -~\\x{a1}-\\x{ff}]{0,1000}$", role.description))
    ]))
  }

  validation {
    condition = alltrue([
      for tag in flatten([for role in values(var.roles) : [for key, value in role.tags : { key = key, value = value }]]) :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", tag.key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", tag.value)) && !startswith(lower(tag.key), "aws:")
    ])
    error_message = format("Tags found: %s. Expected: keys of 1 to 128 and values of at most 256 letters, digits, spaces and _ . : / = + @ -, and no key that begins with aws:. Rename or shorten the tags.", jsonencode([
      for tag in flatten([for role in values(var.roles) : [for key, value in role.tags : { key = key, value = value }]]) :
      tag.key if !(can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", tag.key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", tag.value)) && !startswith(lower(tag.key), "aws:"))
    ]))
  }
}

variable "existing_providers" {
  description = "URLs, without `https://`, of OIDC providers that the account already has. The module creates the others."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for url in var.existing_providers :
      can(regex("^(login\\.microsoftonline\\.com/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/v2\\.0|vstoken\\.dev\\.azure\\.com/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", url))
    ])
    error_message = format("Found as existing_providers: %s. Expected: login.microsoftonline.com/<tenant id>/v2.0 or vstoken.dev.azure.com/<organization id>, ids in lower case, without https:// and without a slash at the end. Copy the URL from the provider's ARN, after oidc-provider/.", jsonencode([
      for url in var.existing_providers :
      url if !can(regex("^(login\\.microsoftonline\\.com/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/v2\\.0|vstoken\\.dev\\.azure\\.com/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", url))
    ]))
  }
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary for every role that does not set its own."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]*[A-Za-z0-9_+=,.@-]$", var.permissions_boundary))
    error_message = format("Found as permissions_boundary: %s. Expected: the ARN of a managed policy, like arn:aws:iam::111111111111:policy/boundary. Use null for no boundary.", jsonencode(var.permissions_boundary))
  }
}

variable "tags" {
  description = "Tags for the OIDC providers and all roles."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for tag in [for key, value in var.tags : { key = key, value = value }] :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", tag.key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", tag.value)) && !startswith(lower(tag.key), "aws:")
    ])
    error_message = format("Tags found: %s. Expected: keys of 1 to 128 and values of at most 256 letters, digits, spaces and _ . : / = + @ -, and no key that begins with aws:. Rename or shorten the tags.", jsonencode([
      for tag in [for key, value in var.tags : { key = key, value = value }] :
      tag.key if !(can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", tag.key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", tag.value)) && !startswith(lower(tag.key), "aws:"))
    ]))
  }
}
