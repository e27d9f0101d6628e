resource "thoughtindustries_credit_account" "globex" {
  client_id        = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
  name             = "Globex training"
  starting_balance = 500
  notify_emails    = ["training@globex.example"]
  license_ids      = ["9a3e5c70-1d1f-4a39-8a53-7c2b9d100021"]
}

# One top-up a year. To add one, add an entry.
locals {
  globex_top_ups = {
    "2041" = 250
    "2042" = 300
  }
}

resource "thoughtindustries_credit_batch" "globex" {
  for_each = local.globex_top_ups

  client_id         = thoughtindustries_credit_account.globex.client_id
  credit_account_id = thoughtindustries_credit_account.globex.id
  name              = each.key
  starting_balance  = each.value
  expires_on        = "${each.key + 1}-01-01T00:00:00Z"
}

output "globex_top_ups_left" {
  value = { for year, batch in thoughtindustries_credit_batch.globex : year => batch.current_balance }
}
