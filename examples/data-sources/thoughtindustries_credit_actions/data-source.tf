data "thoughtindustries_credit_actions" "globex_onboarding_spent" {
  client_id         = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
  credit_account_id = "0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"
  action_type       = "debit"
}

output "globex_onboarding_credits_spent" {
  value = sum(concat([0], data.thoughtindustries_credit_actions.globex_onboarding_spent.credit_actions[*].amount))
}
