# terraform test, Terraform 1.7 or newer; no account is needed.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  roles = {
    deploy = {
      connections = {
        aws = {
          entra = {
            tenant_id = "ff882432-09b0-437b-bd22-ca13c0037ded"
            subject   = "/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a"
          }
          azure_devops = {
            organization_id = "0ca3ddd9-f0b0-4635-a98c-5866526961b6"
            subject         = "sc://contoso/Payments/aws"
          }
        }
      }
      policy_arns          = { read = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
      inline_policies      = { buckets = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
      max_session_duration = 7200
      tags                 = { owner = "payments" }
    }
  }

  permissions_boundary = "arn:aws:iam::111111111111:policy/boundary"
  tags                 = { owner = "platform", stage = "prod" }
}

run "creates_providers_role_and_policies" {
  command = plan

  assert {
    condition = jsonencode({
      for provider in values(aws_iam_openid_connect_provider.this) : provider.url => provider.client_id_list
      }) == jsonencode({
      "https://login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0" = ["499b84ac-1321-427f-aa17-267ca6975798", "fb60f99c-7a34-4190-8149-302f77469936"]
      "https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6"          = ["api://AzureADTokenExchange"]
    })
    error_message = "The providers are not those of the connection's two issuers."
  }

  assert {
    condition = jsondecode(aws_iam_role.this["deploy"].assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Effect    = "Allow"
          Principal = { Federated = "arn:aws:iam::111111111111:oidc-provider/login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0" }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = {
            StringEquals = {
              "login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0:aud" = ["499b84ac-1321-427f-aa17-267ca6975798", "fb60f99c-7a34-4190-8149-302f77469936"]
              "login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0:sub" = "/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a"
            }
          }
        },
        {
          Effect    = "Allow"
          Principal = { Federated = "arn:aws:iam::111111111111:oidc-provider/vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6" }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = {
            StringEquals = {
              "vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6:aud" = "api://AzureADTokenExchange"
              "vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6:sub" = "sc://contoso/Payments/aws"
            }
          }
        },
      ]
    }
    error_message = "The role trusts something else than the connection."
  }

  assert {
    condition = (
      aws_iam_role.this["deploy"].permissions_boundary == "arn:aws:iam::111111111111:policy/boundary" &&
      aws_iam_role.this["deploy"].max_session_duration == 7200 &&
      aws_iam_role.this["deploy"].tags == tomap({ owner = "payments", stage = "prod" })
    )
    error_message = "The role lacks its boundary, its session duration or its tags."
  }

  assert {
    condition = (
      aws_iam_role_policy_attachment.this["deploy read"].policy_arn == "arn:aws:iam::aws:policy/ReadOnlyAccess" &&
      aws_iam_role_policy.this["deploy buckets"].name == "buckets" &&
      aws_iam_role_policy.this["deploy buckets"].role == "deploy"
    )
    error_message = "The role lacks a policy."
  }
}

run "creates_the_other_provider" {
  command = plan

  variables {
    existing_providers = ["login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0"]
  }

  assert {
    condition     = keys(aws_iam_openid_connect_provider.this) == ["vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6"]
    error_message = "An existing provider would be created again."
  }

  assert {
    condition     = length(output.provider_arns) == 2
    error_message = "The outputs lack the ARN of an existing provider."
  }
}

run "creates_no_provider" {
  command = plan

  variables {
    create_providers = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 0 && length(aws_iam_role.this) == 1
    error_message = "create_providers = false is about the providers alone."
  }
}

run "creates_no_role" {
  command = plan

  variables {
    create_roles = false
  }

  assert {
    condition = (
      length(aws_iam_openid_connect_provider.this) == 2 && length(aws_iam_role.this) == 0 &&
      length(aws_iam_role_policy.this) + length(aws_iam_role_policy_attachment.this) == 0 &&
      keys(output.trust_policies) == ["deploy"]
    )
    error_message = "create_roles = false keeps the providers and the trust policies."
  }
}

run "creates_nothing" {
  command = plan

  variables {
    create = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) + length(aws_iam_role.this) + length(output.trust_policies) == 0
    error_message = "create = false creates something."
  }
}

run "refuses_a_pattern_in_the_subject" {
  command = plan

  variables {
    roles = {
      deploy = {
        connections = {
          aws = {
            azure_devops = { organization_id = "0ca3ddd9-f0b0-4635-a98c-5866526961b6", subject = "sc://contoso/Payments/*" }
          }
        }
      }
    }
  }

  expect_failures = [var.roles]
}

run "refuses_a_provider_with_its_scheme" {
  command = plan

  variables {
    existing_providers = ["https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6"]
  }

  expect_failures = [var.existing_providers]
}
