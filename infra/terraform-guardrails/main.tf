terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Resource control policies need a recent provider; this is the version that the module for roles requires.
      version = ">= 5.81.0"
    }
  }
}

variable "policies" {
  description = "Control policies by name: the document as aws-wif guardrail prints it, and where it is attached. A policy without targets is off."
  type = map(object({
    type       = optional(string, "RESOURCE_CONTROL_POLICY")
    document   = string
    target_ids = optional(set(string), [])
  }))

  validation {
    condition     = alltrue([for one in values(var.policies) : contains(["RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"], one.type)])
    error_message = "type is RESOURCE_CONTROL_POLICY, or SERVICE_CONTROL_POLICY (changes)."
  }

  validation {
    condition     = alltrue([for one in values(var.policies) : can(jsondecode(one.document).Statement) && length(one.document) <= 5120])
    error_message = "document is a control policy in JSON of at most 5,120 characters, white space included."
  }

  validation {
    condition     = alltrue(flatten([for one in values(var.policies) : [for id in one.target_ids : can(regex("^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12})$", id))]]))
    error_message = "target_ids are roots, organizational units and accounts: r-abcd, ou-abcd-12345678, 111111111111."
  }
}

variable "tags" {
  description = "Tags of the policies."
  type        = map(string)
  default     = {}
}

locals {
  attachments = merge([
    for name, one in var.policies : { for id in one.target_ids : "${name} ${id}" => { name = name, target_id = id } }
  ]...)
}

resource "aws_organizations_policy" "this" {
  for_each = var.policies

  name        = each.key
  description = "aws-wif guardrail"
  type        = each.value.type
  content     = each.value.document
  tags        = var.tags
}

# The switch: it is on while the policy is attached.
resource "aws_organizations_policy_attachment" "this" {
  for_each = local.attachments

  policy_id = aws_organizations_policy.this[each.value.name].id
  target_id = each.value.target_id
}

output "policy_ids" {
  description = "IDs of the policies by name."
  value       = { for name, one in aws_organizations_policy.this : name => one.id }
}
