# One hub role per service connection in a hub account, and roles in other accounts that trust just that hub role. The
# pipeline names the hub role and then the spoke's: profiles: "audit = <hub role> > <spoke role>".

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}

provider "aws" {
  alias               = "audit"
  profile             = "audit"
  region              = "eu-west-1"
  allowed_account_ids = ["333333333333"]
}

module "hub" {
  source = "../.."

  roles = {
    # Only for this connection: whoever can assume the hub role can assume every spoke role.
    hub-payments = {
      connections = {
        aws = {
          entra = {
            tenant_id = "ff882432-09b0-437b-bd22-ca13c0037ded"
            subject   = "/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a"
          }
        }
      }
    }
  }
}

# The hub role's permission to assume the spoke roles, by ARN. It is not in inline_policies, because the spokes' trust policies
# name the hub role.
resource "aws_iam_role_policy" "hub" {
  name = "assume-spoke-roles"
  role = module.hub.role_names["hub-payments"]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sts:AssumeRole", "sts:TagSession"]
      Resource = [aws_iam_role.spoke.arn]
    }]
  })
}

resource "aws_iam_role" "spoke" {
  provider = aws.audit

  name = "payments-deploy"

  # The hub role by name. An account's root would mean every role and user of the hub account.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = module.hub.role_arns["hub-payments"] }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
    }]
  })
}

resource "aws_iam_role_policy_attachment" "spoke" {
  provider = aws.audit

  role       = aws_iam_role.spoke.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

output "chain" {
  description = "For profiles, or for roleArn and roleChain."
  value       = "${module.hub.role_arns["hub-payments"]} > ${aws_iam_role.spoke.arn}"
}
