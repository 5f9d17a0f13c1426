# Two roles in one account: one for a connection on the Entra issuer, and one for a connection that is being moved to it,
# which is therefore trusted on both issuers.

module "aws_wif" {
  source = "../.."

  roles = {
    payments-deploy = {
      connections = {
        aws = {
          entra = {
            tenant_id = "ff882432-09b0-437b-bd22-ca13c0037ded"
            subject   = "/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a"
          }
        }
      }
      policy_arns = { read = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
    }

    network-deploy = {
      path                 = "/pipelines/"
      max_session_duration = 7200
      connections = {
        aws-old = {
          entra = {
            tenant_id = "ff882432-09b0-437b-bd22-ca13c0037ded"
            subject   = "/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/64171687-7a59-4fce-b2c8-823278dcf176"
          }
          azure_devops = {
            organization_id = "0ca3ddd9-f0b0-4635-a98c-5866526961b6"
            subject         = "sc://contoso/Payments/aws-old"
          }
        }
      }
      policy_arns = { view = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess" }
    }
  }

  # This one already exists in the account.
  existing_providers = ["vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6"]

  tags = { owner = "platform" }
}

output "role_arns" {
  value = module.aws_wif.role_arns
}
