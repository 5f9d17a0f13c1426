terraform {
  # strcontains needs 1.5.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # thumbprint_list is optional since 5.81.0, the first release after that change (inferred from its date).
      version = ">= 5.81.0"
    }
  }
}
