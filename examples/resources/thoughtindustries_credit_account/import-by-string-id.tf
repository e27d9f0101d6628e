import {
  to = thoughtindustries_credit_account.globex_onboarding
  id = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02/0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"
}
