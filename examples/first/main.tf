terraform {
  required_version = ">= 1.5"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

provider "thoughtindustries" {} # address and key come from the environment

data "thoughtindustries_client" "globex" {
  name = "Globex"
}

data "thoughtindustries_licenses" "onboarding" {
  client_id = data.thoughtindustries_client.globex.id
  name      = "Onboarding"
}

resource "thoughtindustries_credit_account" "onboarding" {
  client_id        = data.thoughtindustries_client.globex.id
  name             = "Onboarding 2027"
  starting_balance = 500
  notify_emails    = ["training@globex.example"]
  license_ids      = data.thoughtindustries_licenses.onboarding.ids
}

resource "thoughtindustries_credit_batch" "top_up" {
  client_id         = data.thoughtindustries_client.globex.id
  credit_account_id = thoughtindustries_credit_account.onboarding.id
  name              = "Autumn top-up"
  starting_balance  = 250
}
