# By exact name; slug or id do as well.
data "thoughtindustries_client" "globex" {
  name = "Globex"
}

output "globex_client_id" {
  value = data.thoughtindustries_client.globex.id
}
