# Credit accounts of several clients, kept in a YAML file that people can edit without knowing Terraform.

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

module "credits" {
  source   = "../modules/training-credits"
  for_each = yamldecode(file("${path.module}/accounts.yaml"))

  client           = each.value.client
  name             = each.value.name
  starting_balance = each.value.starting_balance
  license_skus     = each.value.license_skus

  notify_emails           = lookup(each.value, "notify_emails", [])
  top_ups                 = lookup(each.value, "top_ups", {})
  type                    = lookup(each.value, "type", null)
  credit_batch_name       = lookup(each.value, "credit_batch_name", null)
  batch_days_until_expire = lookup(each.value, "batch_days_until_expire", null)
  minimum_batch_amount    = lookup(each.value, "minimum_batch_amount", null)
  existing_account_id     = lookup(each.value, "existing_account_id", null)
  create_alongside        = lookup(each.value, "create_alongside", null)
}

output "account_ids" {
  description = "Id of each account, by its key in accounts.yaml."
  value       = { for key, credits in module.credits : key => credits.account_id }
}

output "credits_left" {
  description = "Credits of each account that can be spent now."
  value       = { for key, credits in module.credits : key => credits.credits_left }
}
