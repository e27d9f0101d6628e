# Warns in every plan and apply when an account runs low. To fail the run instead, use a postcondition in the data
# source.

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

variable "client" {
  description = "Exact name of the client."
  type        = string
  default     = "Globex"
}

variable "least" {
  description = "Warn if fewer credits than these are left."
  type        = number
  default     = 50
}

data "thoughtindustries_client" "this" {
  name = var.client
}

resource "thoughtindustries_credit_account" "training" {
  client_id        = data.thoughtindustries_client.this.id
  name             = "Training 2027"
  starting_balance = 500
  notify_emails    = []
  license_ids      = []
}

# The account's current_balance stays what it was at creation. This is what is left now.
data "thoughtindustries_credit_batches" "training" {
  client_id         = thoughtindustries_credit_account.training.client_id
  credit_account_id = thoughtindustries_credit_account.training.id
}

check "training_credits" {
  assert {
    condition     = data.thoughtindustries_credit_batches.training.current_balance >= var.least
    error_message = "${var.client} has ${data.thoughtindustries_credit_batches.training.current_balance} training credits left."
  }
}

output "training_credits_left" {
  description = "Credits that can be spent now."
  value       = data.thoughtindustries_credit_batches.training.current_balance
}
