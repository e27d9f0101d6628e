resource "thoughtindustries_credit_account" "globex_onboarding" {
  client_id        = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
  name             = "Globex onboarding 2027"
  starting_balance = 500

  notify_emails = ["training@globex.example", "billing@acme.example"]
  license_ids   = ["9a3e5c70-1d1f-4a39-8a53-7c2b9d100021"]

  type                    = "client"
  credit_batch_name       = "2027"
  batch_days_until_expire = 365
  minimum_batch_amount    = 50

  timeouts = {
    create = "30m"
  }
}

output "globex_onboarding_account_id" {
  value = thoughtindustries_credit_account.globex_onboarding.id
}
