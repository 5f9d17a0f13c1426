output "role_arns" {
  description = "ARNs of the roles by name, for the `roleArn` input of `AWSAssumeRoleWIF@1`."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

output "role_names" {
  description = "Names of the created roles, for resources that must wait for the role."
  value       = { for name, role in aws_iam_role.this : name => role.name }
}

output "provider_arns" {
  description = "ARNs of the OIDC providers by URL, whoever created them."
  value       = local.provider_arns
}

output "trust_policies" {
  description = "Trust policies of the roles by name, as JSON."
  value       = local.trust_policies
}
