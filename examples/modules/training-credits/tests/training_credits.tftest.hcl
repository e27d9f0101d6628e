# Run by `terraform test` (Terraform 1.7, OpenTofu 1.8). The provider is a mock, so it needs no key.

mock_provider "thoughtindustries" {
  mock_data "thoughtindustries_client" {
    defaults = {
      id = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
    }
  }

  mock_data "thoughtindustries_licenses" {
    defaults = {
      ids = ["9a3e5c70-1d1f-4a39-8a53-7c2b9d100021"]
    }
  }

  mock_resource "thoughtindustries_credit_account" {
    defaults = {
      id = "0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"
    }
  }

  mock_data "thoughtindustries_credit_batches" {
    defaults = {
      current_balance = 737.5
    }
  }
}

variables {
  client           = "Globex"
  name             = "Onboarding"
  starting_balance = 500
  license_skus     = ["ONB-10"]
}

run "client_and_licenses_are_looked_up" {
  command = plan

  assert {
    condition     = data.thoughtindustries_client.this.name == "Globex"
    error_message = "The wrong client was looked up."
  }

  assert {
    condition     = data.thoughtindustries_licenses.by_sku["ONB-10"].client_id == data.thoughtindustries_client.this.id
    error_message = "The licenses of another client were looked up."
  }

  assert {
    condition     = thoughtindustries_credit_account.this.client_id == data.thoughtindustries_client.this.id
    error_message = "The account is for another client."
  }

  assert {
    condition     = thoughtindustries_credit_account.this.license_ids == toset(["9a3e5c70-1d1f-4a39-8a53-7c2b9d100021"])
    error_message = "The account does not have the licenses that were found."
  }
}

run "an_account_needs_no_license_and_no_top_up" {
  command = plan

  variables {
    license_skus = []
    top_ups      = null
  }

  assert {
    condition     = length(thoughtindustries_credit_account.this.license_ids) == 0
    error_message = "There should be no license."
  }

  assert {
    condition     = length(thoughtindustries_credit_batch.top_up) == 0
    error_message = "There should be no top-up."
  }
}

run "top_ups_go_to_the_account" {
  variables {
    top_ups = {
      "2041" = { credits = 250, expires_on = "2042-01-01T00:00:00Z" }
      "2042" = { credits = 300, expires_on = null }
    }
  }

  assert {
    condition     = { for name, batch in thoughtindustries_credit_batch.top_up : name => batch.starting_balance } == { "2041" = 250, "2042" = 300 }
    error_message = "A top-up has the wrong number of credits."
  }

  assert {
    condition     = alltrue([for batch in values(thoughtindustries_credit_batch.top_up) : batch.credit_account_id == output.account_id])
    error_message = "A top-up went to another account."
  }

  assert {
    condition     = output.credits_left == 737.5
    error_message = "The balance is not the live one."
  }
}
