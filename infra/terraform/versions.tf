terraform {
  # strcontains is of 1.5.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The first in which thumbprint_list is optional.
      version = ">= 5.81.0"
    }
  }
}
