module github.com/ti-community/terraform-provider-thoughtindustries/tools/picture

go 1.26.0

toolchain go1.26.8
