data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  # Azure DevOps (azp) and api://AzureADTokenExchange (aud): AWS compares the first where a token has it.
  entra_audiences        = ["499b84ac-1321-427f-aa17-267ca6975798", "fb60f99c-7a34-4190-8149-302f77469936"]
  azure_devops_audiences = ["api://AzureADTokenExchange"]

  # What each role trusts: one entry for each connection on each issuer.
  trusted = {
    for name, role in var.roles : name => concat(
      [
        for one in values(role.connections) : {
          url       = "login.microsoftonline.com/${one.entra.tenant_id}/v2.0"
          audiences = local.entra_audiences
          subject   = one.entra.subject
        } if one.entra != null
      ],
      [
        for one in values(role.connections) : {
          url       = "vstoken.dev.azure.com/${one.azure_devops.organization_id}"
          audiences = local.azure_devops_audiences
          subject   = one.azure_devops.subject
        } if one.azure_devops != null
      ],
    )
  }

  # Several connections have one issuer.
  providers = {
    for url, lists in { for one in flatten(values(local.trusted)) : one.url => one.audiences... } : url => lists[0]
  }

  provider_arns = {
    for url in keys(local.providers) :
    url => "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${url}"
  }

  # One statement for each issuer, always with the subjects of the connections.
  trust_policies = {
    for name, entries in local.trusted : name => jsonencode({
      Version = "2012-10-17"
      Statement = [
        for url in sort(distinct(entries[*].url)) : {
          Effect    = "Allow"
          Principal = { Federated = local.provider_arns[url] }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = {
            StringEquals = {
              "${url}:aud" = local.providers[url]
              "${url}:sub" = sort(distinct([for one in entries : one.subject if one.url == url]))
            }
          }
        }
      ]
    })
  }

  role_policies = merge([
    for name, role in var.roles : { for key, arn in role.policy_arns : "${name} ${key}" => { role = name, arn = arn } }
  ]...)
}

# Without thumbprint_list: AWS checks the issuers' certificates against public certificate authorities.
resource "aws_iam_openid_connect_provider" "this" {
  for_each = { for url, audiences in local.providers : url => audiences if !contains(var.existing_providers, url) }

  url            = "https://${each.key}"
  client_id_list = each.value
  tags           = var.tags

  # Other roles may trust it, too: whoever no longer needs it here takes it out of the state.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_iam_role" "this" {
  for_each = var.roles

  name                 = each.key
  path                 = each.value.path
  description          = each.value.description
  max_session_duration = each.value.max_session_duration
  permissions_boundary = each.value.permissions_boundary == null ? var.permissions_boundary : each.value.permissions_boundary
  tags                 = merge(var.tags, each.value.tags)
  assume_role_policy   = local.trust_policies[each.key]

  depends_on = [aws_iam_openid_connect_provider.this]
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.role_policies

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = each.value.arn
}
