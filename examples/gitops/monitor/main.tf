# Fails where a client has few credits left. It manages nothing: run `terraform plan` on a schedule, with a key that may
# only read.

terraform {
  required_version = ">= 1.5"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

provider "thoughtindustries" {}

variable "least_balance" {
  description = "Fewer credits than these are reported."
  type        = number
  default     = 25
}

locals {
  clients = {
    for file in fileset("${path.module}/../accounts", "*.{yaml,yml}") :
    replace(file, "/[.]ya?ml$/", "") => yamldecode(file("${path.module}/../accounts/${file}")).client_id
  }
}

data "thoughtindustries_credit_batches" "of" {
  for_each = local.clients

  client_id = each.value
}

locals {
  balances = { for client, batches in data.thoughtindustries_credit_batches.of : client => batches.current_balance }
  low      = [for client, balance in local.balances : client if balance == null ? true : balance < var.least_balance]
}

output "balances" {
  description = "Credits left, by client; null if they are not known."
  value       = local.balances

  # A check block would only warn; this fails the run, so that somebody is notified.
  precondition {
    condition     = length(local.low) == 0
    error_message = "Fewer than ${var.least_balance} credits are left, or the balance is not known, for: ${join(", ", local.low)}."
  }
}
