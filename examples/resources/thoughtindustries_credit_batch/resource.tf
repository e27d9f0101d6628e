# One top-up a year. To add one, add an entry.
resource "thoughtindustries_credit_batch" "globex" {
  for_each = {
    "2041" = 250
    "2042" = 300
  }

  client_id         = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
  credit_account_id = "0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"
  name              = each.key
  starting_balance  = each.value
  expires_on        = "${each.key + 1}-01-01T00:00:00Z"
}
