# The service connection, the role and the trust between them, in one apply.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81.0"
    }
    azuredevops = {
      source  = "microsoft/azuredevops"
      version = ">= 1.0"
    }
  }
}

variable "tenant_id" {
  description = "ID of the Microsoft Entra tenant that the Azure DevOps organization is connected to, in lower case."
  type        = string
}

variable "client_id" {
  description = "Client ID of an app registration or a managed identity in that tenant. It needs no permissions."
  type        = string
}

variable "subscription" {
  description = "Any Azure subscription; the connection requires one. The identity needs no access to it."
  type        = object({ id = string, name = string })
}

variable "pipeline_id" {
  description = "The pipeline that may use the connection."
  type        = number
}

# The token: AZDO_PERSONAL_ACCESS_TOKEN.
provider "azuredevops" {
  org_service_url = "https://dev.azure.com/contoso"
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}

data "azuredevops_project" "payments" {
  name = "Payments"
}

resource "azuredevops_serviceendpoint_azurerm" "aws" {
  project_id                             = data.azuredevops_project.payments.id
  service_endpoint_name                  = "aws"
  service_endpoint_authentication_scheme = "WorkloadIdentityFederation"
  azurerm_spn_tenantid                   = var.tenant_id
  azurerm_subscription_id                = var.subscription.id
  azurerm_subscription_name              = var.subscription.name

  credentials {
    serviceprincipalid = var.client_id
  }

  lifecycle {
    # A subject must never be combined with another issuer's provider.
    postcondition {
      condition     = self.workload_identity_federation_issuer == "https://login.microsoftonline.com/${var.tenant_id}/v2.0"
      error_message = "The connection's issuer is ${self.workload_identity_federation_issuer}. Expected: https://login.microsoftonline.com/${var.tenant_id}/v2.0. Set tenant_id to the tenant that the organization is connected to; for a connection on vstoken.dev.azure.com use azure_devops instead of entra, or convert it."
    }
  }
}

module "aws_wif" {
  source = "../.."

  roles = {
    payments-deploy = {
      connections = {
        aws = {
          entra = {
            # Must be known before the connection exists, because the provider's URL is a key in for_each.
            tenant_id = var.tenant_id
            subject   = azuredevops_serviceendpoint_azurerm.aws.workload_identity_federation_subject
          }
        }
      }
      policy_arns = { read = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
    }
  }
}

# Whoever can use the connection can assume the role, so allow one pipeline, from a protected branch.
resource "azuredevops_pipeline_authorization" "deploy" {
  project_id  = data.azuredevops_project.payments.id
  resource_id = azuredevops_serviceendpoint_azurerm.aws.id
  type        = "endpoint"
  pipeline_id = var.pipeline_id
}

resource "azuredevops_check_branch_control" "main" {
  project_id               = data.azuredevops_project.payments.id
  display_name             = "Protected main only"
  target_resource_id       = azuredevops_serviceendpoint_azurerm.aws.id
  target_resource_type     = "endpoint"
  allowed_branches         = "refs/heads/main"
  verify_branch_protection = true
}

output "step_inputs" {
  description = "For the step AWSAssumeRoleWIF@1."
  value = {
    serviceConnection = azuredevops_serviceendpoint_azurerm.aws.service_endpoint_name
    roleArn           = module.aws_wif.role_arns["payments-deploy"]
    region            = "eu-west-1"
  }
}
