# <client_id>/<batch id>
terraform import 'thoughtindustries_credit_batch.globex["2041"]' 6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02/1d7a4c0e-5b5e-4f0b-8d55-3f6b2f1f9a21
