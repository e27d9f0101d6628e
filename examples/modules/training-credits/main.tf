# The credits of one client, found by name: an account and its top-ups.

terraform {
  required_version = ">= 1.5"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

data "thoughtindustries_client" "this" {
  name = var.client
}

# The client's licenses are read once per run, however many SKUs there are.
data "thoughtindustries_licenses" "by_sku" {
  for_each = var.license_skus

  client_id = data.thoughtindustries_client.this.id
  sku       = each.key
}

# If a license is missing, the error of lookup() names the key, so the key names the license.
locals {
  license_ids = {
    for sku, found in data.thoughtindustries_licenses.by_sku :
    "license ${sku} of ${var.client}" => tolist(found.ids) if length(found.ids) > 0
  }
}

resource "thoughtindustries_credit_account" "this" {
  client_id        = data.thoughtindustries_client.this.id
  name             = var.name
  starting_balance = var.starting_balance
  notify_emails    = var.notify_emails
  # tflint-ignore: terraform_deprecated_lookup
  license_ids = flatten([
    for sku in var.license_skus : lookup(local.license_ids, "license ${sku} of ${var.client}")
  ])

  type                    = var.type
  credit_batch_name       = var.credit_batch_name
  batch_days_until_expire = var.batch_days_until_expire
  minimum_batch_amount    = var.minimum_batch_amount
  existing_account_id     = var.existing_account_id
  create_alongside        = var.create_alongside
}

resource "thoughtindustries_credit_batch" "top_up" {
  for_each = var.top_ups == null ? {} : var.top_ups

  client_id         = thoughtindustries_credit_account.this.client_id
  credit_account_id = thoughtindustries_credit_account.this.id
  name              = each.key
  starting_balance  = each.value.credits
  expires_on        = each.value.expires_on
}

# The account's current_balance stays what it was at creation. This is what is left now.
data "thoughtindustries_credit_batches" "this" {
  client_id         = thoughtindustries_credit_account.this.client_id
  credit_account_id = thoughtindustries_credit_account.this.id

  # So that a new top-up counts at once.
  depends_on = [thoughtindustries_credit_batch.top_up]
}
