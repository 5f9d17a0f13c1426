terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }

  # The job's default profile. No keys here and none in -backend-config.
  backend "s3" {
    bucket       = "example-terraform-state"
    key          = "platform/terraform.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}

# The account of roleArn.
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}

provider "aws" {
  alias               = "network"
  profile             = "network"
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}

provider "aws" {
  alias               = "audit"
  profile             = "audit"
  region              = "eu-west-1"
  allowed_account_ids = ["333333333333"]
}

data "aws_caller_identity" "default" {}

data "aws_caller_identity" "network" {
  provider = aws.network
}

data "aws_caller_identity" "audit" {
  provider = aws.audit
}

output "accounts" {
  value = {
    default = data.aws_caller_identity.default.account_id
    network = data.aws_caller_identity.network.account_id
    audit   = data.aws_caller_identity.audit.account_id
  }
}
