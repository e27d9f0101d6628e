# Credit accounts for several clients, kept in a YAML file that needs no knowledge of Terraform to edit.

terraform {
  required_version = ">= 1.0"
  required_providers {
    thoughtindustries = {
      source = "ti-community/thoughtindustries"
    }
  }
}

# Address and key come from the environment.
provider "thoughtindustries" {}

locals {
  accounts = yamldecode(file("${path.module}/accounts.yaml"))
}

resource "thoughtindustries_credit_account" "this" {
  for_each = local.accounts

  client_id        = each.value.client_id
  name             = each.value.name
  starting_balance = each.value.starting_balance
  notify_emails    = each.value.notify_emails
  license_ids      = each.value.license_ids

  type                    = lookup(each.value, "type", null)
  credit_batch_name       = lookup(each.value, "credit_batch_name", null)
  batch_days_until_expire = lookup(each.value, "batch_days_until_expire", null)
  minimum_batch_amount    = lookup(each.value, "minimum_batch_amount", null)
  existing_account_id     = lookup(each.value, "existing_account_id", null)
}

output "account_ids" {
  description = "Id of each account, by its key in accounts.yaml."
  value       = { for key, account in thoughtindustries_credit_account.this : key => account.id }
}

output "balances_at_creation" {
  description = "Credits of each account when it was created."
  value       = { for key, account in thoughtindustries_credit_account.this : key => account.current_balance }
}
