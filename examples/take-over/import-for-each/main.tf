# Takes over all credit accounts that a client has, as far as its credit batches
# and credit actions show them. Nothing is created. Once it was applied, remove
# the import block, and write the accounts down in place of the data source: what
# is declared should not depend on what is there.

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

data "thoughtindustries_client" "this" {
  name = var.client
}

data "thoughtindustries_credit_accounts" "this" {
  client_id = data.thoughtindustries_client.this.id
}

locals {
  # By id: names need not be unique. An account whose name the API does not
  # tell is left out, because a name must be declared.
  accounts = {
    for account in data.thoughtindustries_credit_accounts.this.credit_accounts :
    account.id => account if account.name != null && account.starting_balance != null
  }
}

import {
  for_each = local.accounts
  to       = thoughtindustries_credit_account.this[each.key]
  id       = "${data.thoughtindustries_client.this.id}/${each.key}"
}

resource "thoughtindustries_credit_account" "this" {
  for_each = local.accounts

  client_id        = data.thoughtindustries_client.this.id
  name             = each.value.name
  starting_balance = each.value.starting_balance

  # No endpoint tells these: compare them with the product's admin pages.
  notify_emails = []
  license_ids   = []
}

output "taken_over" {
  description = "Names of the accounts, by id."
  value       = { for id, account in thoughtindustries_credit_account.this : id => account.name }
}
