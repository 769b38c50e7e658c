//go:build tools

// Package tools pins the Terraform provider, so that it can be built through the Go module proxy
// where the Terraform registry cannot be reached. go.sum holds the hashes of everything it is built from.
package tools

import _ "github.com/databricks/terraform-provider-databricks"
