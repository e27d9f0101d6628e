# Warns in every plan and apply when an account runs low. A check never fails a
# run: to fail one, use a postcondition in the data source instead.

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
  description = "Credits below which to warn."
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

# The current_balance of the account stays what it was at creation; this is
# what is left now.
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
