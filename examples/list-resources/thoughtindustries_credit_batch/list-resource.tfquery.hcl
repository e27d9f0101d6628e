list "thoughtindustries_credit_batch" "globex" {
  provider = thoughtindustries
  limit    = 1000 # the default is 100

  config {
    client_id = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
  }
}
