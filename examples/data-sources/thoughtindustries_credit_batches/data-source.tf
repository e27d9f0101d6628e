data "thoughtindustries_credit_batches" "globex_onboarding" {
  client_id         = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
  credit_account_id = "0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"
}

output "globex_onboarding_credits_left" {
  value = data.thoughtindustries_credit_batches.globex_onboarding.current_balance
}

output "globex_onboarding_next_expiry" {
  value = try(sort([
    for batch in data.thoughtindustries_credit_batches.globex_onboarding.credit_batches :
    batch.expires_on if batch.status == "active" && batch.expires_on != null
  ])[0], null)
}
