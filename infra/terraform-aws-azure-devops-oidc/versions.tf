terraform {
  # strcontains is of 1.5.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Without thumbprint_list: inferred from the date of the change that made it optional; 5.81.0 is the first release
      # after it.
      version = ">= 5.81.0"
    }
  }
}
