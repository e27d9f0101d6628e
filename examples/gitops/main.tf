# One YAML file for each client in accounts/. The pipeline checks them against accounts.schema.json.

terraform {
  required_version = ">= 1.5"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

# Address and key come from the environment.
provider "thoughtindustries" {}

locals {
  clients = {
    for file in fileset("${path.module}/accounts", "*.{yaml,yml}") :
    replace(file, "/[.]ya?ml$/", "") => yamldecode(file("${path.module}/accounts/${file}"))
  }
  accounts = merge([
    for client, content in local.clients : {
      for key, account in content.accounts : "${client}/${key}" => merge(account, { client_id = content.client_id })
    }
  ]...)
}

resource "thoughtindustries_credit_account" "this" {
  for_each = local.accounts

  client_id        = each.value.client_id
  name             = each.value.name
  starting_balance = each.value.starting_balance
  notify_emails    = each.value.notify_emails
  license_ids      = each.value.license_ids

  type                    = lookup(each.value, "type", null)
  batch_days_until_expire = lookup(each.value, "batch_days_until_expire", null)
  minimum_batch_amount    = lookup(each.value, "minimum_batch_amount", null)
  credit_batch_name       = lookup(each.value, "credit_batch_name", null)
  existing_account_id     = lookup(each.value, "existing_account_id", null)
  create_alongside        = lookup(each.value, "create_alongside", null)
}

output "account_ids" {
  description = "Id of each account, by client and key."
  value       = { for key, account in thoughtindustries_credit_account.this : key => account.id }
}
