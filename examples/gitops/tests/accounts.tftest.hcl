# Run by `terraform test` (Terraform 1.7, OpenTofu 1.8): no key and no request, since the provider is a mock.

mock_provider "thoughtindustries" {}

run "every_file_is_read" {
  command = plan

  assert {
    condition     = length(thoughtindustries_credit_account.this) == sum([for client in values(local.clients) : length(client.accounts)])
    error_message = "An account of a YAML file is missing."
  }
}

run "names_are_unique_within_a_client" {
  command = plan

  assert {
    condition = length(distinct([
      for account in values(thoughtindustries_credit_account.this) : "${lower(account.client_id)} ${account.name}"
    ])) == length(thoughtindustries_credit_account.this)
    error_message = "Two accounts of one client have the same name."
  }
}

run "a_large_balance_needs_another_review" {
  command = plan

  variables {
    largest_balance = 99
  }

  expect_failures = [thoughtindustries_credit_account.this]
}
