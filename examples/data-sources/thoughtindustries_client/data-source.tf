# By exact name. You can also use slug or id.
data "thoughtindustries_client" "globex" {
  name = "Globex"
}

output "globex_client_id" {
  value = data.thoughtindustries_client.globex.id
}
