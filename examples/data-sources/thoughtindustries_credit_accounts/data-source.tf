data "thoughtindustries_credit_accounts" "globex" {
  client_id = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
}

output "globex_credits_left" {
  value = {
    for account in data.thoughtindustries_credit_accounts.globex.credit_accounts :
    account.id => { name = account.name, credits = account.current_balance }
  }
}
