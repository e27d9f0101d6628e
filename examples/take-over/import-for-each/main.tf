# Takes over a client's credit accounts, as far as its credit batches and credit actions show them. Nothing is created.
# The first plan lists them in the output left_out. Add each to the variable accounts, with what no call returns, and
# apply. Then remove the import block and write the accounts down in place of the data source.

terraform {
  required_version = ">= 1.7"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

# Address and key come from the environment.
provider "thoughtindustries" {}

variable "client" {
  description = "Exact name of the client."
  type        = string
  default     = "Globex"
}

variable "accounts" {
  description = "The accounts to take over, by id, with what no call returns. Compare it with the product's admin pages: a recorded value cannot be changed later."
  type = map(object({
    notify_emails = set(string)
    license_ids   = set(string)
  }))
  default = {}
}

data "thoughtindustries_client" "this" {
  name = var.client
}

data "thoughtindustries_credit_accounts" "this" {
  client_id = data.thoughtindustries_client.this.id
}

locals {
  # By id, because names need not be unique. An account without a name cannot be imported.
  found = {
    for account in data.thoughtindustries_credit_accounts.this.credit_accounts :
    account.id => account if account.name != null && account.starting_balance != null
  }
  taken_over = { for id, account in local.found : id => account if contains(keys(var.accounts), id) }
}

import {
  for_each = local.taken_over
  to       = thoughtindustries_credit_account.this[each.key]
  id       = "${data.thoughtindustries_client.this.id}/${each.key}"
}

resource "thoughtindustries_credit_account" "this" {
  for_each = local.taken_over

  client_id        = data.thoughtindustries_client.this.id
  name             = each.value.name
  starting_balance = each.value.starting_balance

  notify_emails = var.accounts[each.key].notify_emails
  license_ids   = var.accounts[each.key].license_ids
}

output "taken_over" {
  description = "Names of the accounts, by id."
  value       = { for id, account in thoughtindustries_credit_account.this : id => account.name }
}

output "left_out" {
  description = "Names of the accounts that the variable accounts does not name, by id."
  value       = { for id, account in local.found : id => account.name if !contains(keys(var.accounts), id) }
}
