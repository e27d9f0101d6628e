# Run by `terraform test` (Terraform 1.7, OpenTofu 1.8): no key and no request, since the provider is a mock.

mock_provider "thoughtindustries" {}

run "every_file_is_read_and_as_it_should_be" {
  command = plan

  assert {
    condition     = length(thoughtindustries_credit_account.this) == sum(concat([0], [for client in values(local.clients) : length(client.accounts)]))
    error_message = "An account of a YAML file is missing."
  }
}

run "names_are_unique_within_a_client" {
  command = plan

  assert {
    condition = length(distinct([
      for account in values(thoughtindustries_credit_account.this) : "${lower(account.client_id)} ${account.name}" if account.create_alongside == null
    ])) == length([for account in values(thoughtindustries_credit_account.this) : account if account.create_alongside == null])
    error_message = "Two accounts of one client have the same name, and neither says so by create_alongside."
  }
}

# The files below tests/ are wrong on purpose.

run "an_unknown_key_is_an_error" {
  command = plan

  variables {
    folder = "tests/typo"
  }

  expect_failures = [thoughtindustries_credit_account.this]
}

run "a_key_that_stands_twice_is_an_error" {
  command = plan

  variables {
    folder = "tests/twice"
  }

  expect_failures = [thoughtindustries_credit_account.this]
}

run "a_file_without_accounts_is_an_error" {
  command = plan

  variables {
    folder = "tests/mistyped"
  }

  expect_failures = [output.account_ids]
}

run "a_file_without_anything_is_an_error" {
  command = plan

  variables {
    folder = "tests/nothing"
  }

  expect_failures = [output.account_ids]
}

run "an_account_without_a_balance_is_an_error" {
  command = plan

  variables {
    folder = "tests/incomplete"
  }

  expect_failures = [thoughtindustries_credit_account.this]
}

run "a_file_of_another_ending_is_an_error" {
  command = plan

  variables {
    folder = "tests/ending"
  }

  expect_failures = [thoughtindustries_credit_account.this]
}

run "a_large_balance_needs_another_review" {
  command = plan

  variables {
    folder = "tests/large"
  }

  expect_failures = [thoughtindustries_credit_account.this]
}

run "a_client_may_have_no_account" {
  command = plan

  variables {
    folder = "tests/empty"
  }

  assert {
    condition     = length(thoughtindustries_credit_account.this) == 0
    error_message = "There is no account in tests/empty."
  }
}
