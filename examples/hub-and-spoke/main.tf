# Terraform over the spokes: one aliased provider for each profile.

provider "aws" {
  alias               = "network"
  profile             = "network"
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}

provider "aws" {
  alias               = "audit"
  profile             = "audit"
  region              = "eu-central-1"
  allowed_account_ids = ["333333333333"]
}
