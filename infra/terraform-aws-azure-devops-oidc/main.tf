data "aws_caller_identity" "current" {
  count = var.create ? 1 : 0
}

data "aws_partition" "current" {
  count = var.create ? 1 : 0
}

locals {
  partition  = one(data.aws_partition.current[*].partition)
  account_id = one(data.aws_caller_identity.current[*].account_id)

  # Azure DevOps (azp) and api://AzureADTokenExchange (aud): AWS compares azp if the token has one.
  entra_audiences        = ["499b84ac-1321-427f-aa17-267ca6975798", "fb60f99c-7a34-4190-8149-302f77469936"]
  azure_devops_audiences = ["api://AzureADTokenExchange"]

  roles         = var.create ? var.roles : {}
  created_roles = var.create_roles ? local.roles : {}

  # What each role trusts: one entry for each connection on each issuer.
  trusted = {
    for name, role in local.roles : name => concat(
      [
        for connection in values(role.connections) : {
          url       = "login.microsoftonline.com/${connection.entra.tenant_id}/v2.0"
          audiences = local.entra_audiences
          subject   = connection.entra.subject
        } if connection.entra != null
      ],
      [
        for connection in values(role.connections) : {
          url       = "vstoken.dev.azure.com/${connection.azure_devops.organization_id}"
          audiences = local.azure_devops_audiences
          subject   = connection.azure_devops.subject
        } if connection.azure_devops != null
      ],
    )
  }

  # Several connections have one issuer.
  providers = {
    for url, lists in { for entry in flatten(values(local.trusted)) : entry.url => entry.audiences... } : url => lists[0]
  }

  provider_arns = {
    for url in keys(local.providers) :
    url => "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${url}"
  }

  subjects = {
    for name, entries in local.trusted : name => {
      for url in distinct(entries[*].url) :
      url => sort(distinct([for entry in entries : entry.subject if entry.url == url]))
    }
  }

  # The networks that a role is restricted to; an empty map if there are none.
  source_networks = {
    for name, role in var.roles : name => {
      for key, values in {
        "aws:SourceVpc"    = role.source_vpc_ids
        "aws:SourceVpcArn" = role.source_vpc_arns
        "aws:SourceVpce"   = role.source_vpce_ids
      } : key => sort(values) if length(values) > 0
    }
  }

  source_addresses = {
    for name, role in var.roles : name => {
      for operator, values in { IpAddress = role.source_ip_ranges } :
      operator => { "aws:SourceIp" = sort(values) } if length(values) > 0
    }
  }

  # One statement for each issuer, always with the subjects of the connections. A single value is a string, not a list, as
  # aws-wif writes it.
  trust_policies = {
    for name, entries in local.trusted : name => jsonencode({
      Version = "2012-10-17"
      Statement = [
        for url in sort(distinct(entries[*].url)) : {
          Effect    = "Allow"
          Principal = { Federated = local.provider_arns[url] }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = merge(
            {
              StringEquals = merge(
                {
                  "${url}:aud" = try(one(local.providers[url]), local.providers[url])
                  "${url}:sub" = try(one(local.subjects[name][url]), local.subjects[name][url])
                },
                local.source_networks[name],
              )
            },
            local.source_addresses[name],
          )
        }
      ]
    })
  }

  managed_policies = merge([
    for name, role in local.created_roles : {
      for key, arn in role.policy_arns : "${name} ${key}" => { role = name, arn = arn }
    }
  ]...)

  inline_policies = merge([
    for name, role in local.created_roles : {
      for key, json in role.inline_policies : "${name} ${key}" => { role = name, name = key, json = json }
    }
  ]...)
}

# Without thumbprint_list: AWS checks the issuers' certificates against public certificate authorities.
resource "aws_iam_openid_connect_provider" "this" {
  for_each = {
    for url, audiences in local.providers : url => audiences
    if var.create_providers && !contains(var.existing_providers, url)
  }

  url            = "https://${each.key}"
  client_id_list = each.value
  tags           = var.tags

  # Other roles may trust it, too: remove it from the state instead of destroying it.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_iam_role" "this" {
  for_each = local.created_roles

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
  for_each = local.managed_policies

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = each.value.arn
}

resource "aws_iam_role_policy" "this" {
  for_each = local.inline_policies

  name   = each.value.name
  role   = aws_iam_role.this[each.value.role].name
  policy = each.value.json
}

# AWS refuses it when the role is created, after the provider was.
check "trust_policy_length" {
  assert {
    condition     = alltrue([for policy in values(local.trust_policies) : length(policy) <= 2048])
    error_message = format("Roles with trust policies of more than 2048 characters: %s. Expected: at most 2048, unless the account's quota \"Role trust policy length\" was raised. Split the connections over several roles.", jsonencode([for name, policy in local.trust_policies : name if length(policy) > 2048]))
  }
}
