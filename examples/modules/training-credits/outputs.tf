output "client_id" {
  description = "UUID of the client."
  value       = thoughtindustries_credit_account.this.client_id
}

output "account_id" {
  description = "UUID of the account."
  value       = thoughtindustries_credit_account.this.id
}

output "credits_left" {
  description = "Credits that can be spent now, top-ups included. Every plan reads it again."
  value       = data.thoughtindustries_credit_batches.this.current_balance
}
