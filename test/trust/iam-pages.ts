const guide = 'https://docs.aws.amazon.com/IAM/latest/UserGuide';

/** The pages of AWS's documentation that a case was worked out from. */
export const pages = {
  operators: `${guide}/reference_policies_elements_condition_operators.html`,
  strings: `${guide}/reference_policies_elements_condition_operators.html#Conditions_String`,
  ifExists: `${guide}/reference_policies_elements_condition_operators.html#Conditions_IfExists`,
  null: `${guide}/reference_policies_elements_condition_operators.html#Conditions_Null`,
  several: `${guide}/reference_policies_condition-logic-multiple-context-keys-or-values.html`,
  sets: `${guide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
  condition: `${guide}/reference_policies_elements_condition.html`,
  variables: `${guide}/reference_policies_variables.html#policy-vars-wheretouse`,
  special: `${guide}/reference_policies_variables.html#policy-vars-specialchars`,
  noValue: `${guide}/reference_policies_variables.html#policy-vars-no-value`,
  version: `${guide}/reference_policies_elements_version.html`,
  grammar: `${guide}/reference_policies_grammar.html`,
  claims: `${guide}/reference_policies_iam-condition-keys.html#condition-keys-wif`,
  stsKeys: `${guide}/reference_policies_iam-condition-keys.html#condition-keys-sts`,
  principal: `${guide}/reference_policies_elements_principal.html`,
  everyone: `${guide}/reference_policies_elements_principal.html#principal-anonymous`,
  notPrincipal: `${guide}/reference_policies_elements_notprincipal.html`,
  action: `${guide}/reference_policies_elements_action.html`,
  notAction: `${guide}/reference_policies_elements_notaction.html`,
  effect: `${guide}/reference_policies_elements_effect.html`,
  sid: `${guide}/reference_policies_elements_sid.html`,
  evaluation: `${guide}/reference_policies_evaluation-logic.html`,
  checks: `${guide}/access-analyzer-reference-policy-checks.html`,
  provider: `${guide}/id_roles_providers_create_oidc.html`,
  quotas: `${guide}/reference_iam-quotas.html`,
} as const;

export type Page = keyof typeof pages;
